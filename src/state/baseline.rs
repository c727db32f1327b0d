//! What is usual among peers, kept exactly as events come.
//!
//! Each row remembers where it is counted; an event notes the rows that it touches, and when it
//! is done each of these is taken out of its old place and put into its new one. The histograms
//! are those that a recount from scratch would give, whatever the order of events.

mod author;
mod calendar;
mod compare;
mod levels;
mod listing;
mod reference;
mod review;
mod rhythm;
mod walk;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use author::{AuthorBins, AuthorPeers, AuthorSignal};
pub use calendar::{Around, Calendar};
pub use compare::{AllListings, Compared, Out};
pub use levels::{LevelCounts, Levels, Mark};
pub use listing::{ListingBins, ListingSignal};
pub use reference::{Reference, Sampled};
pub use review::{Marks, age as review_age};
pub use rhythm::{Rhythm, Rhythms, SURGE_DAYS, densest_around};
pub use walk::{AuthorWalk, ListingWalk};

use super::State;
use super::checkpoint::{CheckpointError, Sink, Source};
use super::column::Column;
use super::histogram::{BINS, Histogram, Scale};
use super::rows::{BandRow, DayCount, NONE, ReviewerRow, Side, Tally};

/// Strata of size or activity.
pub(super) const STRATA: usize = 5;
/// Not counted among peers.
pub(super) const UNCOUNTED: u8 = 255;

/// A signal's value on a subject.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// In the signal's own unit: a share from 0 to 1, or a ratio or count from 0 up.
    pub value: f64,
    /// Reviews that it rests on; subjects are compared with those of like size.
    pub size: u32,
}

/// Peers of listings and of reviews, in one group or in one marketplace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peers {
    /// By signal and stratum.
    pub listings: [[Histogram; STRATA]; ListingSignal::COUNT],
    /// Reviews by distance from their listing's mean, in quarters of the scale.
    pub deviation: Histogram,
    /// Reviews by whether the purchase was denied, 0 or 1.
    pub unverified: Histogram,
    /// Reviews by text and age.
    pub marks: Marks,
}

/// All peers. A clone shares memory.
#[derive(Clone, Debug, Default)]
pub struct Baselines {
    groups: Column<Arc<Peers>>,
    marketplaces: Column<Arc<Peers>>,
    authors: Column<Arc<AuthorPeers>>,
    group_days: Column<Arc<Calendar>>,
    marketplace_days: Column<Arc<Calendar>>,
    buckets: Histogram,
    reference: Arc<Reference>,
}

/// Rows that the current event touches, as they were before.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    listings: Vec<TouchedListing>,
    reviewers: Vec<(u32, ReviewerRow)>,
}

#[derive(Clone, Debug)]
struct TouchedListing {
    row: u32,
    group: u32,
    seller: u32,
    tally: Tally,
    bins: ListingBins,
    days_changed: bool,
    days_left: bool,
}

/// Subjects of which an event changed the reviews, or to whom they belong; orders alone do not
/// count, and what is usual among peers may change any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Rows of authors.
    pub reviewers: Vec<u32>,
    /// Rows of listings.
    pub listings: Vec<u32>,
    /// Rows of sellers; one may be there more than once.
    pub sellers: Vec<u32>,
}

impl Changes {
    fn clear(&mut self) {
        let Self {
            reviewers,
            listings,
            sellers,
        } = self;
        reviewers.clear();
        listings.clear();
        sellers.clear();
    }
}

impl Peers {
    fn count_listing(
        &mut self,
        tally: &Tally,
        bins: &ListingBins,
        step: fn(&mut Histogram, usize, u32),
    ) {
        for (strata, code) in self.listings.iter_mut().zip(bins.codes()) {
            if let Some((stratum, bin)) = place(code) {
                step(&mut strata[stratum], bin, 1);
            }
        }
        // Below that a review mostly differs from itself.
        if let Some(mean) = tally.mean().filter(|_| tally.up() >= 5) {
            for (stars, count) in (1_u8..).zip(tally.stars) {
                step(&mut self.deviation, deviation_bin(stars, mean), count);
            }
        }
        for side in &tally.sides {
            step(&mut self.unverified, Scale::Share.bin(0.0), side.verified);
            step(&mut self.unverified, Scale::Share.bin(1.0), side.unverified);
        }
    }
}

impl Baselines {
    pub(super) fn write(&self, sink: &mut Sink<'_>) -> Result<(), CheckpointError> {
        let Self {
            groups,
            marketplaces,
            authors,
            group_days,
            marketplace_days,
            buckets,
            reference,
        } = self;
        groups.write(sink)?;
        marketplaces.write(sink)?;
        authors.write(sink)?;
        group_days.write(sink)?;
        marketplace_days.write(sink)?;
        sink.put_all(1, std::iter::once(buckets))?;
        sink.put_all(1, std::iter::once(reference))
    }

    pub(super) fn read(source: &mut Source) -> Result<Self, CheckpointError> {
        let mut all = Self {
            groups: source.column()?,
            marketplaces: source.column()?,
            authors: source.column()?,
            group_days: source.column()?,
            marketplace_days: source.column()?,
            buckets: Histogram::default(),
            reference: Arc::default(),
        };
        source.take_all(|buckets| all.buckets = buckets)?;
        source.take_all(|reference| all.reference = reference)?;
        Ok(all)
    }

    /// Peers in a group.
    pub fn group(&self, group: u32) -> Option<&Peers> {
        self.groups.get(group).map(AsRef::as_ref)
    }

    /// Peers in a marketplace.
    pub fn marketplace(&self, marketplace: u16) -> Option<&Peers> {
        self.marketplaces.get(marketplace.into()).map(AsRef::as_ref)
    }

    /// Peers among the authors of a marketplace.
    pub fn authors(&self, marketplace: u16) -> Option<&AuthorPeers> {
        self.authors.get(marketplace.into()).map(AsRef::as_ref)
    }

    /// Reviews by the size of their near-duplicate buckets, each bucket of a review by itself.
    pub const fn buckets(&self) -> &Histogram {
        &self.buckets
    }

    /// The peers that are looked at one by one.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// When the reviews of a group and of its marketplace come.
    pub fn around(&self, (group, marketplace): (u32, u16)) -> Around<'_> {
        Around {
            group: self.group_days.get(group).map(AsRef::as_ref),
            marketplace: self
                .marketplace_days
                .get(marketplace.into())
                .map(AsRef::as_ref),
        }
    }

    /// Counts one review's day in or out.
    pub(super) fn count_day(
        &mut self,
        (group, marketplace): (u32, u16),
        day: u16,
        side: Side,
        step: fn(u32, u32) -> u32,
    ) {
        if let Some(calendar) = ensure(&mut self.group_days, group) {
            calendar.count(day, side, 1, step);
        }
        if let Some(calendar) = ensure(&mut self.marketplace_days, marketplace.into()) {
            calendar.count(day, side, 1, step);
        }
    }

    /// Moves the days of a listing from one group to another.
    fn move_days(&mut self, days: &[DayCount], from: u32, to: u32) {
        if let Some(calendar) = ensure(&mut self.group_days, from) {
            calendar.count_days(days, u32::wrapping_sub);
        }
        if let Some(calendar) = ensure(&mut self.group_days, to) {
            calendar.count_days(days, u32::wrapping_add);
        }
    }

    /// Changes a group and its marketplace.
    fn change(&mut self, group: u32, marketplace: u16, change: impl Fn(&mut Peers)) {
        if let Some(peers) = ensure(&mut self.groups, group) {
            change(peers);
        }
        if let Some(peers) = ensure(&mut self.marketplaces, marketplace.into()) {
            change(peers);
        }
    }

    pub(super) fn count_bucket(&mut self, bucket: BandRow, step: fn(&mut Histogram, usize, u32)) {
        let bin = Scale::Count.bin(bucket.count.into());
        step(&mut self.buckets, bin, bucket.count);
    }
}

fn ensure<T: Clone + Default>(column: &mut Column<Arc<T>>, row: u32) -> Option<&mut T> {
    if row == NONE {
        return None;
    }
    while column.len() <= row {
        column.push(Arc::default())?;
    }
    column.get_mut(row).map(Arc::make_mut)
}

/// One byte for a stratum and a bin.
fn code(stratum: usize, bin: usize) -> u8 {
    u8::try_from(stratum * BINS + bin)
        .ok()
        .filter(|_| stratum < STRATA && bin < BINS)
        .unwrap_or(UNCOUNTED)
}

/// The stratum and bin of a code.
fn place(code: u8) -> Option<(usize, usize)> {
    let (stratum, bin) = (usize::from(code) / BINS, usize::from(code) % BINS);
    (stratum < STRATA).then_some((stratum, bin))
}

/// The bin of a rating's distance from its listing's mean.
pub fn deviation_bin(stars: u8, mean: f64) -> usize {
    Scale::Share.bin((f64::from(stars) - mean).abs() / 4.0)
}

impl State {
    /// What is usual among peers.
    pub const fn baselines(&self) -> &Baselines {
        &self.baselines
    }

    /// What the newest event changed.
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Notes a listing before its counts, its group or its seller change.
    pub(super) fn touch_listing(&mut self, row: u32) {
        if self.touched.listings.iter().any(|held| held.row == row) {
            return;
        }
        if let Some(listing) = self.listings.get(row) {
            self.touched.listings.push(TouchedListing {
                row,
                group: listing.group,
                seller: listing.seller,
                tally: listing.tally,
                bins: listing.bins,
                days_changed: false,
                days_left: false,
            });
        }
    }

    /// Notes a listing before its reviews by day change. One that `leaves` a day makes its densest
    /// weeks be sought anew, which is dear and rare.
    pub(super) fn touch_days(&mut self, row: u32, leaves: bool) {
        self.touch_listing(row);
        if let Some(held) = self
            .touched
            .listings
            .iter_mut()
            .find(|held| held.row == row)
        {
            held.days_changed = true;
            held.days_left |= leaves;
        }
    }

    /// Notes an author before its counts change.
    pub(super) fn touch_reviewer(&mut self, row: u32) {
        if self.touched.reviewers.iter().any(|held| held.0 == row) {
            return;
        }
        if let Some(reviewer) = self.reviewers.get(row) {
            self.touched.reviewers.push((row, *reviewer));
        }
    }

    /// Counts all that the event touched among its peers anew, and looks at peers one by one again
    /// when praise has grown enough.
    pub(super) fn settle(&mut self) {
        self.changes.clear();
        let mut touched = std::mem::take(&mut self.touched);
        for old in touched.listings.drain(..) {
            self.settle_listing(&old);
        }
        for (row, old) in touched.reviewers.drain(..) {
            self.settle_reviewer(row, &old);
        }
        self.touched = touched;
        if self.baselines.reference.is_due(self.praise) {
            self.baselines.reference = Arc::new(Reference::of(self));
        }
    }

    fn settle_listing(&mut self, old: &TouchedListing) {
        let Some(listing) = self.listings.get(old.row) else {
            return;
        };
        let (group, marketplace, tally) = (listing.group, listing.marketplace, listing.tally);
        let seller = listing.seller;
        let rhythms = if old.days_left {
            Rhythms::seek(&listing.days)
        } else {
            listing.rhythms
        };
        let bins = ListingBins::of(&tally, &rhythms);
        let same = (group, &tally, &bins) == (old.group, &old.tally, &old.bins);
        if same && seller == old.seller && !old.days_changed {
            return;
        }
        // Orders alone are no change to speak of: they come every day, and move a score little.
        let told = Tally {
            orders: old.tally.orders,
            refunded: old.tally.refunded,
            ..tally
        };
        if old.days_changed || (group, seller, &told) != (old.group, old.seller, &old.tally) {
            self.changes.listings.push(old.row);
            let sellers = [Some(seller), (seller != old.seller).then_some(old.seller)];
            let known = sellers.into_iter().flatten().filter(|row| *row != NONE);
            self.changes.sellers.extend(known);
        }
        if group != old.group {
            let days = Arc::clone(&listing.days);
            self.baselines.move_days(&days, old.group, group);
        }
        self.baselines.change(old.group, marketplace, |peers| {
            peers.count_listing(&old.tally, &old.bins, Histogram::remove_n);
        });
        self.baselines.change(group, marketplace, |peers| {
            peers.count_listing(&tally, &bins, Histogram::add_n);
        });
        if let Some(listing) = self.listings.get_mut(old.row) {
            listing.bins = bins;
            listing.rhythms = rhythms;
        }
    }

    fn settle_reviewer(&mut self, row: u32, old: &ReviewerRow) {
        let Some(author) = self.reviewers.get(row).copied() else {
            return;
        };
        let bins = AuthorBins::of(self, row);
        self.changes.reviewers.push(row);
        if (author.reviews, bins) == (old.reviews, old.bins) {
            return;
        }
        if let Some(peers) = ensure(&mut self.baselines.authors, author.marketplace.into()) {
            peers.count(old.reviews, old.bins, Histogram::remove_n);
            peers.count(author.reviews, bins, Histogram::add_n);
        }
        if let Some(author) = self.reviewers.get_mut(row) {
            author.bins = bins;
        }
    }
}

#[cfg(test)]
mod tests;
