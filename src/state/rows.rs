//! One row a thing. Rows refer to each other by number; [`NONE`] is no row.

use std::sync::Arc;

use super::baseline::{AuthorBins, ListingBins};
use super::names::NameRef;
use crate::domain::{Country, Kind, Money, Rating, Time};
use crate::proto::v1::{Fulfilment, Remover, VerdictLabel};

/// No row, and no time.
pub const NONE: u32 = u32::MAX;

/// Where an event lies in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRef {
    /// The record.
    pub sequence: u32,
    /// The event within the record, from 0.
    pub index: u16,
}

/// What is known of a yes-or-no fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    #[default]
    Unknown,
    /// No.
    No,
    /// Yes.
    Yes,
}

impl From<Option<bool>> for Known {
    fn from(value: Option<bool>) -> Self {
        match value {
            None => Self::Unknown,
            Some(false) => Self::No,
            Some(true) => Self::Yes,
        }
    }
}

/// A review. Its text stays in the log.
#[derive(Clone, Copy, Debug)]
pub struct ReviewRow {
    /// [`NONE`] while only its removal has arrived.
    pub listing: u32,
    /// [`NONE`] while only its removal has arrived.
    pub reviewer: u32,
    /// Next review of the same listing, in no promised order.
    pub next_in_listing: u32,
    /// Next review of the same author, in no promised order.
    pub next_in_reviewer: u32,
    /// The id.
    pub name: NameRef,
    /// Seconds since 1970, [`NONE`] when unknown.
    pub seconds: u32,
    /// Near-duplicate buckets, [`NONE`] for texts that are too short.
    pub bands: [u32; 2],
    /// The review's newest event.
    pub log: LogRef,
    /// Newest revision of the review.
    pub revision: u16,
    /// Newest revision of the removal.
    pub removal_revision: u16,
    /// Words of title and text.
    pub words: u16,
    /// Namespace of the ids.
    pub marketplace: u16,
    /// Stars, 1 to 5; 0 while only its removal has arrived.
    pub stars: u8,
    /// Share of capitals among letters, in 255ths.
    pub capitals: u8,
    /// Exclamation marks.
    pub exclamations: u8,
    /// Whether the purchase was confirmed.
    pub verified: Known,
    /// Whether it says that it was rewarded.
    pub incentive: Known,
    /// Whether a word may speak of a reward.
    pub reward: bool,
    /// Who took it down, if it is down.
    pub removed: Option<Remover>,
}

impl ReviewRow {
    /// Whether the review itself has arrived, not only its removal.
    pub const fn arrived(&self) -> bool {
        self.stars != 0
    }

    /// When it was written.
    pub fn time(&self) -> Option<Time> {
        (self.seconds != NONE).then(|| Time::from_seconds(self.seconds))
    }

    /// Its polarity.
    pub const fn side(&self) -> Side {
        Side::of_stars(self.stars)
    }
}

/// Polarity of a review. Praise can be promotion and blame can be attack: they are counted apart,
/// so that blame never reaches a listing's own risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// 1 or 2 stars.
    Blame,
    /// 3 stars.
    Neutral,
    /// 4 or 5 stars.
    Praise,
}

impl Side {
    /// The polarity of stars.
    pub const fn of_stars(stars: u8) -> Self {
        match stars {
            0..=2 => Self::Blame,
            3 => Self::Neutral,
            _ => Self::Praise,
        }
    }

    /// The polarity of a rating.
    pub const fn of(rating: Rating) -> Self {
        Self::of_stars(rating.stars())
    }

    /// Its place in a [`Tally`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Counts of the reviews of one polarity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SideTally {
    /// Reviews that are up.
    pub up: u32,
    /// Reviews that were taken down.
    pub removed: u32,
    /// Of those up: purchase confirmed.
    pub verified: u32,
    /// Of those up: purchase denied.
    pub unverified: u32,
    /// Of those up: the only review of their author.
    pub one_time: u32,
    /// Of those up: long enough to compare with others.
    pub comparable: u32,
    /// Of those comparable: with a near-duplicate.
    pub duplicate: u32,
}

/// Counts of a listing's or a seller's reviews and orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Reviews that are up, by stars less one.
    pub stars: [u32; 5],
    /// By [`Side::index`].
    pub sides: [SideTally; 3],
    /// Orders.
    pub orders: u32,
    /// Orders refunded.
    pub refunded: u32,
}

/// What a tally counts of one review.
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent facts, each counted by itself"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewFacts {
    /// 1 to 5.
    pub stars: u8,
    /// Whether it was taken down.
    pub removed: bool,
    /// Whether the purchase was confirmed.
    pub verified: Known,
    /// Whether it is its author's only review.
    pub one_time: bool,
    /// Whether its text is long enough to compare.
    pub comparable: bool,
    /// Whether it has a near-duplicate.
    pub duplicate: bool,
}

impl Tally {
    /// Counts a review in.
    pub fn add(&mut self, facts: ReviewFacts) {
        self.count(facts, u32::wrapping_add);
    }

    /// Counts a review out that was counted in with the same facts.
    pub fn remove(&mut self, facts: ReviewFacts) {
        self.count(facts, u32::wrapping_sub);
    }

    fn count(&mut self, facts: ReviewFacts, step: impl Fn(u32, u32) -> u32) {
        let side = &mut self.sides[Side::of_stars(facts.stars).index()];
        if facts.removed {
            side.removed = step(side.removed, 1);
            return;
        }
        side.up = step(side.up, 1);
        side.verified = step(side.verified, u32::from(facts.verified == Known::Yes));
        side.unverified = step(side.unverified, u32::from(facts.verified == Known::No));
        side.one_time = step(side.one_time, u32::from(facts.one_time));
        side.comparable = step(side.comparable, u32::from(facts.comparable));
        side.duplicate = step(side.duplicate, u32::from(facts.duplicate));
        if let Some(count) = self.stars.get_mut(usize::from(facts.stars).wrapping_sub(1)) {
            *count = step(*count, 1);
        }
    }

    /// Adds or takes away another tally, when a listing changes hands.
    pub fn combine(&mut self, other: &Self, step: fn(u32, u32) -> u32) {
        for (mine, theirs) in self.stars.iter_mut().zip(other.stars) {
            *mine = step(*mine, theirs);
        }
        for (mine, theirs) in self.sides.iter_mut().zip(other.sides) {
            let SideTally {
                up,
                removed,
                verified,
                unverified,
                one_time,
                comparable,
                duplicate,
            } = theirs;
            mine.up = step(mine.up, up);
            mine.removed = step(mine.removed, removed);
            mine.verified = step(mine.verified, verified);
            mine.unverified = step(mine.unverified, unverified);
            mine.one_time = step(mine.one_time, one_time);
            mine.comparable = step(mine.comparable, comparable);
            mine.duplicate = step(mine.duplicate, duplicate);
        }
        self.orders = step(self.orders, other.orders);
        self.refunded = step(self.refunded, other.refunded);
    }

    /// Reviews that are up.
    pub fn up(&self) -> u32 {
        self.stars.iter().sum()
    }

    /// Reviews that were taken down.
    pub fn removed(&self) -> u32 {
        self.sides.iter().map(|side| side.removed).sum()
    }

    /// Mean stars of the reviews that are up.
    pub fn mean(&self) -> Option<f64> {
        let sum: u64 = (1..)
            .zip(self.stars)
            .map(|(stars, count)| stars * u64::from(count))
            .sum();
        let up = self.up();
        (up > 0).then(|| sum as f64 / f64::from(up))
    }
}

/// A review's author on one marketplace. What was taken down still counts as activity.
#[derive(Clone, Copy, Debug)]
pub struct ReviewerRow {
    /// The id.
    pub name: NameRef,
    /// First of its reviews, in no promised order.
    pub first_review: u32,
    /// Reviews written.
    pub reviews: u32,
    /// Of these, taken down.
    pub removed: u32,
    /// Of these, 4 or 5 stars.
    pub praise: u32,
    /// Of these, 1 or 5 stars.
    pub extreme: u32,
    /// Of these, purchase denied.
    pub unverified: u32,
    /// Of these, with a near-duplicate.
    pub duplicate: u32,
    /// Namespace of the id.
    pub marketplace: u16,
    /// Where it is counted among its peers.
    pub bins: AuthorBins,
}

/// Reviews of one day, by [`Side::index`]. Those taken down still count: they did arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// Days since 1970.
    pub day: u16,
    /// Saturates.
    pub counts: [u16; 3],
}

/// A listing; a placeholder until its own event arrives.
#[derive(Clone, Debug)]
pub struct ListingRow {
    /// The id.
    pub name: NameRef,
    /// Namespace of the id.
    pub marketplace: u16,
    /// Newest revision.
    pub revision: u16,
    /// Whether its own event has arrived.
    pub arrived: bool,
    /// Its seller, [`NONE`] when unknown.
    pub seller: u32,
    /// Its peer group.
    pub group: u32,
    /// First of its reviews, in no promised order.
    pub first_review: u32,
    /// Seconds since 1970, [`NONE`] when unknown.
    pub created_seconds: u32,
    /// Asking price.
    pub price: Option<Money>,
    /// Where it sells to.
    pub destination: Option<Country>,
    /// How goods reach the buyer.
    pub fulfilment: Fulfilment,
    /// Its own event in the log.
    pub log: Option<LogRef>,
    /// Reviews and orders.
    pub tally: Tally,
    /// Reviews by day, oldest first.
    pub days: Arc<Vec<DayCount>>,
    /// Where it is counted among its peers.
    pub bins: ListingBins,
}

/// A seller; a placeholder until its own event arrives.
#[derive(Clone, Copy, Debug)]
pub struct SellerRow {
    /// The id.
    pub name: NameRef,
    /// Newest revision.
    pub revision: u16,
    /// Whether its own event has arrived.
    pub arrived: bool,
    /// Its own event in the log.
    pub log: Option<LogRef>,
    /// Listings that name it.
    pub listings: u32,
    /// Sum over its listings.
    pub tally: Tally,
}

/// A near-duplicate bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BandRow {
    /// Reviews in it.
    pub count: u32,
    /// Exclusive or of their rows: with one review left, that review.
    pub rows_xor: u32,
}

/// An order, kept to know it again and to count it where it belongs.
#[derive(Clone, Copy, Debug)]
pub struct OrderRow {
    /// The id.
    pub name: NameRef,
    /// What was ordered.
    pub listing: u32,
    /// Seconds since 1970.
    pub seconds: u32,
    /// Newest revision.
    pub revision: u16,
    /// Namespace of the id.
    pub marketplace: u16,
    /// Whether it was refunded.
    pub refunded: Known,
}

/// A fact that only has to be known again: its content is read from the log.
#[derive(Clone, Copy, Debug)]
pub struct FactRow {
    /// The id; for a snapshot, that of its listing.
    pub name: NameRef,
    /// A snapshot's moment; [`NONE`] for others.
    pub seconds: u32,
    /// Newest revision.
    pub revision: u16,
    /// A snapshot's namespace; 0 for others.
    pub marketplace: u16,
    /// Newest event.
    pub log: LogRef,
}

/// The latest verdict on a subject.
#[derive(Clone, Copy, Debug)]
pub struct VerdictRow {
    /// The verdict's own id.
    pub name: NameRef,
    /// What kind of subject it is about.
    pub subject_kind: Kind,
    /// Namespace of the subject; none for sellers.
    pub subject_marketplace: Option<u16>,
    /// Id of the subject.
    pub subject_name: NameRef,
    /// Newest revision.
    pub revision: u16,
    /// Genuine or manipulated.
    pub label: VerdictLabel,
    /// When it was decided.
    pub seconds: u32,
    /// Newest event.
    pub log: LogRef,
}

/// Whom a listing is compared with: marketplace and widest category.
#[derive(Clone, Copy, Debug)]
pub struct GroupRow {
    /// Namespace.
    pub marketplace: u16,
    /// The category, none when unknown.
    pub category: Option<NameRef>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_small() {
        // Memory a review is a promise: below 200 bytes with names, directories and copies.
        assert!(size_of::<ReviewRow>() <= 64, "{}", size_of::<ReviewRow>());
        assert!(
            size_of::<ReviewerRow>() <= 40,
            "{}",
            size_of::<ReviewerRow>()
        );
        assert_eq!(size_of::<BandRow>(), 8);
        assert_eq!(size_of::<DayCount>(), 8);
    }

    #[test]
    fn a_tally_forgets_what_is_counted_out() {
        let facts = ReviewFacts {
            stars: 5,
            removed: false,
            verified: Known::No,
            one_time: true,
            comparable: true,
            duplicate: false,
        };
        let mut tally = Tally::default();
        tally.add(facts);
        assert_eq!(
            (tally.up(), tally.mean(), tally.sides[2].unverified),
            (1, Some(5.0), 1)
        );
        tally.remove(facts);
        assert_eq!(tally, Tally::default());
    }
}
