//! Values that take a walk over an author's reviews or a listing's days. They are not kept up to
//! date by the fold: a sample of peers is walked as well, see [`super::Reference`].

use super::review::age;
use super::rhythm::{SURGE_DAYS, densest};
use super::{Measured, PeerBin, Polarity};
use crate::domain::Time;
use crate::state::histogram::{Scale, Tail};
use crate::state::rows::{ListingRow, ReviewRow, ReviewerRow, Tally};
use crate::state::{BandKey, ListingIx, ReviewerIx, SellerIx, State};

/// Days after a listing's creation in which a review is early.
const EARLY_DAYS: f64 = 30.0;
/// Fewest reviews in whose times a rhythm can be seen.
const TIMES_LEAST: usize = 4;
/// Fewest reviews that a share can rest on.
const SHARE_LEAST: u32 = 5;

type Value = Result<Measured, &'static str>;

/// One way to compare authors whose reviews are looked at one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorWalk {
    /// Mean distance of its stars from the listings' means.
    RatingDeviation,
    /// 1 or 2 stars.
    NegativeShare,
    /// Of the seller that it reviews most.
    OneSellerShare,
    /// Comparable texts that share a near-duplicate bucket with another of its own.
    OwnCopies,
    /// Mean words.
    TextLength,
    /// Days from its first review to its last.
    LifeSpan,
    /// Entropy of the lengths of its breaks, 0 to 1.
    GapEntropy,
    /// Within 30 days of the listing's creation.
    EarlyShare,
    /// In its listing's densest week.
    BurstShare,
}

impl AuthorWalk {
    /// How many there are.
    pub const COUNT: usize = 9;
    /// All of them, by [`Self::index`].
    pub const ALL: [Self; Self::COUNT] = [
        Self::RatingDeviation,
        Self::NegativeShare,
        Self::OneSellerShare,
        Self::OwnCopies,
        Self::TextLength,
        Self::LifeSpan,
        Self::GapEntropy,
        Self::EarlyShare,
        Self::BurstShare,
    ];

    /// Its index in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The end that is unusual.
    pub const fn tail(self) -> Tail {
        match self {
            Self::TextLength | Self::LifeSpan | Self::GapEntropy => Tail::Lower,
            _ => Tail::Upper,
        }
    }

    /// Stratum and bin of a value.
    pub(super) fn peer_bin(self, measured: Measured) -> PeerBin {
        let bin = match self {
            Self::RatingDeviation => Scale::Share.bin(measured.value / 4.0),
            Self::TextLength | Self::LifeSpan => Scale::Count.bin(measured.value),
            _ => Scale::Share.bin(measured.value),
        };
        PeerBin {
            stratum: super::author::stratum(measured.size),
            bin,
        }
    }
}

/// One way to compare listings by their days and tallies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingWalk {
    /// How surprising the densest four weeks of praise are.
    PositiveSurge,
    /// Praise that speaks of a reward and does not disclose it.
    RewardShare,
    /// Whether it became another product under its reviews.
    BecameAnother,
    /// How surprising the densest four weeks of blame are.
    NegativeSurge,
    /// One star among blame.
    OneStarShare,
}

impl ListingWalk {
    /// How many there are.
    pub const COUNT: usize = 5;
    /// All of them, by [`Self::index`].
    pub const ALL: [Self; Self::COUNT] = [
        Self::PositiveSurge,
        Self::RewardShare,
        Self::BecameAnother,
        Self::NegativeSurge,
        Self::OneStarShare,
    ];

    /// Its index in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Stratum and bin of a value.
    pub(super) fn peer_bin(self, measured: Measured) -> PeerBin {
        let scale = match self {
            Self::PositiveSurge | Self::NegativeSurge => Scale::Count,
            _ => Scale::Share,
        };
        PeerBin {
            stratum: super::listing::stratum(measured.size),
            bin: scale.bin(measured.value),
        }
    }

    /// Whether it needs a walk over the listing's days.
    pub const fn walks_days(self) -> bool {
        matches!(self, Self::PositiveSurge | Self::NegativeSurge)
    }

    /// Its value where a tally tells it: of a listing, or of a seller's listings together.
    pub fn of_tally(self, tally: &Tally) -> Value {
        match self {
            Self::RewardShare => {
                let positive = &tally.by_polarity[Polarity::Positive.index()];
                share(positive.reward, positive.up)
            }
            Self::OneStarShare => share(
                tally.stars[0],
                tally.by_polarity[Polarity::Negative.index()].up,
            ),
            _ => Err("it belongs to single listings"),
        }
    }
}

fn share(part: u32, whole: u32) -> Value {
    if whole < SHARE_LEAST {
        return Err("fewer than 5 reviews to measure");
    }
    Ok(Measured {
        value: f64::from(part) / f64::from(whole),
        size: whole,
    })
}

/// Sums along an author's reviews.
#[derive(Default)]
struct Walk {
    deviations: (f64, u32),
    negative: u32,
    sellers: Vec<SellerIx>,
    comparable: u32,
    bands: Vec<BandKey>,
    words: (u64, u32),
    days: Vec<u32>,
    early: (u32, u32),
    burst: (u32, u32),
}

impl Walk {
    fn take(&mut self, review: &ReviewRow, listing: Option<&ListingRow>) {
        let stars = f64::from(review.stars);
        self.negative += u32::from(review.polarity() == Polarity::Negative);
        if review.words > 0 {
            self.words.0 += u64::from(review.words);
            self.words.1 += 1;
        }
        if review.comparable() {
            self.comparable += 1;
            self.bands.extend(review.buckets());
        }
        let day = review.time().map(Time::day);
        self.days.extend(day);
        let Some(listing) = listing else { return };
        if let Some(mean) = listing.tally.mean().filter(|_| listing.tally.up() >= 5) {
            self.deviations.0 += (stars - mean).abs();
            self.deviations.1 += 1;
        }
        self.sellers.extend(listing.seller);
        if let Some(age) = age(review, listing) {
            self.early.0 += u32::from(age <= EARLY_DAYS);
            self.early.1 += 1;
        }
        let rhythm = listing.rhythms.of(review.polarity());
        if let Some(day) = day.filter(|_| rhythm.measure().is_ok()) {
            self.burst.0 += u32::from(rhythm.holds(day));
            self.burst.1 += 1;
        }
    }

    fn values(mut self, size: u32) -> [Value; AuthorWalk::COUNT] {
        let of = |value: f64| Ok(Measured { value, size });
        let over = |(part, whole): (u32, u32), reason| {
            if whole < 2 {
                return Err(reason);
            }
            of(f64::from(part) / f64::from(whole))
        };
        self.days.sort_unstable();
        let most = most_of_one(&mut self.sellers);
        let known = self.sellers.len() as u32;
        let copied = copied(&mut self.bands).min(self.comparable);
        let (sum, counted) = self.deviations;
        let (words, texts) = self.words;
        let span = match self.days.as_slice() {
            [first, .., last] => of(f64::from(last - first)),
            _ => Err("fewer than 2 reviews with a known day"),
        };
        [
            if counted < 2 {
                Err("fewer than 2 listings with 5 reviews")
            } else {
                of(sum / f64::from(counted))
            },
            of(f64::from(self.negative) / f64::from(size.max(1))),
            over((most, known), "fewer than 2 reviews of known sellers"),
            over((copied, self.comparable), "fewer than 2 texts long enough"),
            if texts < 2 {
                Err("fewer than 2 texts")
            } else {
                of(words as f64 / f64::from(texts))
            },
            span,
            gap_entropy(&self.days).map_or(Err("fewer than 4 reviews with a known day"), of),
            over(self.early, "fewer than 2 listings of known age"),
            over(self.burst, "fewer than 2 listings with a rhythm"),
        ]
    }
}

/// How often the most frequent value is there.
fn most_of_one<T: Ord>(values: &mut [T]) -> u32 {
    values.sort_unstable();
    let runs = values.chunk_by(|one, other| one == other);
    runs.map(<[T]>::len).max().unwrap_or(0) as u32
}

/// Reviews that share a bucket with another: the largest bucket, as one bucket is one wording, plus
/// the rest of the shared ones halved, as a copy shares up to two.
fn copied<T: Ord>(bands: &mut [T]) -> u32 {
    bands.sort_unstable();
    let runs = bands.chunk_by(|one, other| one == other).map(<[T]>::len);
    let shared: Vec<u32> = runs.filter(|run| *run > 1).map(|run| run as u32).collect();
    let most = shared.iter().copied().max().unwrap_or(0);
    let all: u32 = shared.iter().sum();
    most.max(all / 2)
}

/// Entropy of the lengths of breaks between days, by doublings, over the most that so many breaks
/// can have. `days` are sorted.
fn gap_entropy(days: &[u32]) -> Option<f64> {
    if days.len() < TIMES_LEAST {
        return None;
    }
    let mut counts = [0_u32; 17];
    for pair in days.windows(2) {
        let gap = pair[1] - pair[0] + 1;
        counts[(gap.ilog2() as usize).min(16)] += 1;
    }
    let all = (days.len() - 1) as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / all)
        .map(|share| -share * libm::log(share))
        .sum();
    Some((entropy / libm::log(all.min(17.0))).clamp(0.0, 1.0))
}

impl State {
    /// The values of an author's reviews, or why there are none, by [`AuthorWalk::index`].
    pub fn walk_author(&self, row: ReviewerIx) -> [Value; AuthorWalk::COUNT] {
        let silent = |reason| [Err(reason); AuthorWalk::COUNT];
        let Some(author) = self.reviewers.get(row) else {
            return silent("no reviews");
        };
        if author.reviews < 2 {
            return silent("fewer than 2 reviews");
        }
        if author.reviews > ReviewerRow::DAYS_SEEN {
            return silent("too many reviews to look at one by one");
        }
        let mut walk = Walk::default();
        for (_, review) in self.acts_of_reviewer(row) {
            walk.take(review, self.listing_of(review));
        }
        walk.values(author.reviews)
    }

    /// One value of a listing, or why there is none.
    pub fn walk_listing(&self, row: ListingIx, what: ListingWalk) -> Value {
        let listing = self.listings.get(row).ok_or("unknown listing")?;
        match what {
            ListingWalk::PositiveSurge => self.surge(listing, Polarity::Positive),
            ListingWalk::NegativeSurge => self.surge(listing, Polarity::Negative),
            ListingWalk::BecameAnother => {
                let positive = listing.tally.by_polarity[Polarity::Positive.index()].up;
                share(0, positive).map(|measured| Measured {
                    value: f64::from(u8::from(listing.became_another.is_some())),
                    ..measured
                })
            }
            _ => what.of_tally(&listing.tally),
        }
    }

    fn surge(&self, listing: &ListingRow, polarity: Polarity) -> Value {
        let rhythm = listing.rhythms.of(polarity);
        rhythm.measure()?;
        let window = densest(&listing.days, polarity, SURGE_DAYS).ok_or("no known day")?;
        let around = self.baselines.around(listing.peers());
        rhythm.measure_window(polarity, around, window, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_of_one_length_have_no_entropy() {
        assert_eq!(gap_entropy(&[1, 8, 15, 22, 29]), Some(0.0));
        // Breaks of 0, 1, 3 and 7 days are all different.
        assert_eq!(gap_entropy(&[1, 1, 2, 5, 12]), Some(1.0));
        assert_eq!(gap_entropy(&[1, 2, 3]), None);
    }

    #[test]
    fn copies_are_counted_once() {
        assert_eq!(copied(&mut [7, 7, 7, 1, 2]), 3);
        // Two copies share both of their buckets.
        assert_eq!(copied(&mut [4, 5, 4, 5, 9]), 2);
        assert_eq!(copied(&mut [1, 2, 3]), 0);
        assert_eq!(most_of_one(&mut [3, 1, 3, 2, 3]), 3);
    }
}
