//! A review as its signals read it: a stored one, or one that has just come and is not counted yet.

use std::borrow::Cow;

use crate::state::{
    BandKey, Candidate, Compared, DayCount, GroupIx, Histogram, ListingRow, Mark, Measured, Out,
    PeerKey, Peers, Polarity, ReviewIx, ReviewRow, Rhythm, Rhythms, SURGE_DAYS, State, Tail, Tally,
    densest_around, review_age,
};

/// A review, with the version of it that is counted.
pub struct ReviewContext<'a> {
    /// The state around it.
    pub state: &'a State,
    /// The review; listing, author and buckets may be unknown.
    pub review: &'a ReviewRow,
    listing: Option<&'a ListingRow>,
    /// Whether its text is long enough to have near-duplicates.
    pub comparable: bool,
    counted: Counted<'a>,
}

/// Which review the counts of peers, listing, author and buckets hold in its place.
enum Counted<'a> {
    /// Itself.
    Itself,
    /// None: it is new.
    Nothing,
    /// An older version of it.
    Older(Box<ReviewContext<'a>>),
}

impl<'a> ReviewContext<'a> {
    /// A review that the state holds; none for rows that have not arrived.
    pub fn standing(state: &'a State, row: ReviewIx) -> Option<Self> {
        let review = state.reviews().get(row).filter(|review| review.arrived())?;
        Some(Self {
            state,
            review,
            listing: Some(state.listing_of(review)?),
            comparable: review.comparable(),
            counted: Counted::Itself,
        })
    }

    /// Reads a review that has just come: new, or a new version of a stored one.
    pub fn arriving(state: &'a State, candidate: &'a Candidate) -> Self {
        let older = candidate
            .replaces
            .and_then(|row| Self::standing(state, row))
            // A copy is counted nowhere.
            .filter(|older| older.review.is_act());
        Self {
            state,
            review: &candidate.row,
            listing: state.listing_of(&candidate.row),
            comparable: candidate.row.comparable(),
            counted: older.map_or(Counted::Nothing, |older| Counted::Older(Box::new(older))),
        }
    }

    /// Compares it with the reviews of its listing's peers. `bin` is where a review lies in the
    /// histogram `of`; one that is counted there is left out.
    pub fn among(
        &self,
        of: impl Fn(&Peers) -> &Histogram,
        bin: impl Fn(&Self) -> Option<usize>,
        tail: Tail,
    ) -> Option<Compared> {
        let at = bin(self)?;
        let out = self.out(at, bin);
        let baselines = self.state.baselines();
        baselines.compare(self.peers(), of, at, tail, out)
    }

    /// Compares what is seen on it with what is seen on the reviews of its listing's peers.
    pub fn among_marks(&self, mark: Mark, tail: Tail) -> Option<Compared> {
        let step = |seen: &Self| Some(seen.review.levels.step(mark)).filter(|step| *step > 0);
        let at = step(self)?;
        let out = self.out(at, step);
        let baselines = self.state.baselines();
        baselines.compare_mark(self.peers(), mark, at, tail, out)
    }

    fn peers(&self) -> PeerKey {
        PeerKey {
            group: self.group(),
            marketplace: self.review.marketplace,
        }
    }

    /// The bins in which it is counted itself.
    fn out(&self, at: usize, bin: impl Fn(&Self) -> Option<usize>) -> Out {
        // Only reviews that are up are counted.
        let up = |seen: &Self| seen.review.removed.is_none();
        match &self.counted {
            Counted::Itself => Out::of(up(self).then_some(at)),
            Counted::Nothing => Out::default(),
            Counted::Older(older) => {
                let wide = if up(older) { bin(older) } else { None };
                let group = wide.filter(|_| older.group() == self.group());
                Out { group, wide }
            }
        }
    }

    /// The bin that counts hold in its place, whether it is up or not.
    pub fn held_bin(&self, bin: impl Fn(&Self) -> Option<usize>) -> Option<usize> {
        match &self.counted {
            Counted::Itself => bin(self),
            Counted::Nothing => None,
            Counted::Older(older) => bin(older),
        }
    }

    fn group(&self) -> Option<GroupIx> {
        self.listing.map(|listing| listing.group)
    }

    /// The counted version, if that is another one.
    fn older(&self) -> Option<&Self> {
        match &self.counted {
            Counted::Older(older) => Some(older),
            Counted::Itself | Counted::Nothing => None,
        }
    }

    /// Whether its listing counts it or an older version of it.
    fn older_in_listing(&self) -> Option<&Self> {
        self.older()
            .filter(|older| older.review.listing == self.review.listing)
    }

    /// Mean stars of its listing, itself included; none below 5 reviews.
    pub fn mean(&self) -> Option<f64> {
        let mut tally = Tally {
            stars: self.listing?.tally.stars,
            ..Tally::default()
        };
        let place = |review: &ReviewRow| usize::from(review.stars).wrapping_sub(1);
        if let Some(older) = self.older_in_listing()
            && older.review.removed.is_none()
            && let Some(count) = tally.stars.get_mut(place(older.review))
        {
            *count = count.wrapping_sub(1);
        }
        if !matches!(self.counted, Counted::Itself)
            && let Some(count) = tally.stars.get_mut(place(self.review))
        {
            *count += 1;
        }
        tally.mean().filter(|_| tally.up() >= 5)
    }

    /// Reviews of its author, itself included.
    pub fn author_reviews(&self) -> u32 {
        let author = self.state.reviewer_of(self.review);
        let held = author.map_or(0, |author| author.reviews);
        match &self.counted {
            Counted::Itself => held,
            Counted::Older(older) if older.review.reviewer == self.review.reviewer => held,
            Counted::Older(_) | Counted::Nothing => held + 1,
        }
    }

    /// Reviews of its largest near-duplicate bucket, itself included.
    pub fn bucket(&self) -> u32 {
        let count = |key: BandKey| {
            let held = self.state.bucket(key).count;
            match &self.counted {
                // One that was alone here in this snapshot, and has company since, reads as nobody.
                Counted::Itself => held.max(1),
                Counted::Older(older) if older.review.buckets().any(|old| old == key) => {
                    held.max(1)
                }
                Counted::Older(_) | Counted::Nothing => held + 1,
            }
        };
        self.review.buckets().map(count).max().unwrap_or(0)
    }

    /// Its age as [`review_age`] counts it.
    pub fn age(&self) -> Option<f64> {
        review_age(self.review, self.listing?)
    }

    /// How surprising the densest week, or the densest four weeks, of its polarity around its own
    /// day are, itself included. Silent with the reason.
    pub fn crowd(&self) -> Result<Measured, &'static str> {
        let listing = self.listing.ok_or("its listing is unknown")?;
        let time = self.review.time().ok_or("its time is unknown")?;
        let (polarity, day) = (self.review.polarity(), time.day());
        let days = match self.older_in_listing() {
            Some(older) => Cow::Owned(without(&listing.days, older.review)),
            None => Cow::Borrowed(listing.days.as_slice()),
        };
        let mut rhythm = match &days {
            Cow::Owned(days) => Rhythms::seek(days).of(polarity),
            Cow::Borrowed(_) => listing.rhythms.of(polarity),
        };
        let mut more = 0;
        if !matches!(self.counted, Counted::Itself) {
            rhythm = rhythm.with(&days, polarity, day);
            more = 1;
        }
        rhythm.span()?;
        // Calendars hold an older version in its place.
        let new = if self.older_in_listing().is_some() {
            0
        } else {
            more
        };
        let around = self.state.baselines().around(self.peers());
        let mut most = rhythm.quiet();
        for length in [Rhythm::BURST_DAYS, SURGE_DAYS] {
            let mut window = densest_around(&days, polarity, day, length);
            window.count += more;
            if !rhythm.is_crowded(window.count, length) {
                continue;
            }
            let measured = rhythm.measure_window(polarity, around, window, new)?;
            if measured.value > most.value {
                most = measured;
            }
        }
        Ok(most)
    }

    /// Its rank among the reviews of its listing with a known day, and their number. Those of its
    /// own day count half, and neutral ones of unknown day are included. The rank is exact within
    /// the first [`Self::FIRST`] reviews, and none beyond.
    pub fn arrival(&self) -> Option<(Option<f64>, u32)> {
        let listing = self.listing?;
        let day = self.review.time()?.day();
        let new = !matches!(self.counted, Counted::Itself) && self.older_in_listing().is_none();
        let dated = |polarity: Polarity| listing.rhythms.of(polarity).size;
        let neutral = &listing.tally.by_polarity[Polarity::Neutral.index()];
        let all =
            dated(Polarity::Positive) + dated(Polarity::Negative) + neutral.up + neutral.removed;
        let all = all + u32::from(new);
        let mut before = 0_u32;
        for held in listing.days.iter() {
            let count: u32 = held.counts.iter().map(|count| u32::from(*count)).sum();
            if u32::from(held.day) >= day {
                let same = if u32::from(held.day) == day { count } else { 0 } + u32::from(new);
                let place = f64::from(before) + 0.5 * f64::from(same + 1);
                return Some((Some(place).filter(|place| *place <= Self::FIRST), all));
            }
            before += count;
            if f64::from(before) > Self::FIRST {
                return Some((None, all));
            }
        }
        Some((Some(f64::from(before) + 1.0), all))
    }

    /// Reviews of a listing that are called its first.
    pub const FIRST: f64 = 20.0;

    /// Whether its listing has become another product since it came: by the order of the log, as a
    /// listing's change has no time of its own. None where the listing is unknown.
    pub fn is_of_another(&self) -> Option<bool> {
        let listing = self.listing?;
        let stands = match &self.counted {
            Counted::Itself => Some(self.review.log()),
            Counted::Nothing => None,
            Counted::Older(older) => Some(older.review.log()),
        };
        Some(stands.is_some_and(|log| listing.became_another_since(log)))
    }

    /// Its listing.
    pub fn listing(&self) -> Option<&'a ListingRow> {
        self.listing
    }
}

/// Reviews by day, one left out.
fn without(days: &[DayCount], review: &ReviewRow) -> Vec<DayCount> {
    let day = review.time().map(crate::domain::Time::day);
    let mut days = days.to_vec();
    for held in &mut days {
        if day == Some(u32::from(held.day)) {
            let count = &mut held.counts[review.polarity().index()];
            *count = count.saturating_sub(1);
        }
    }
    days
}
