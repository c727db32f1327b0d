//! Baselines: the distribution of measured values among peers, kept exact as events come.
//!
//! Each row remembers the bins in which it is counted. An event notes the rows that it touches; at
//! its end, each of them is counted out of its old bins and into its new ones. The histograms are
//! those of a recount from scratch, whatever the order of events.

mod author;
mod calendar;
mod compare;
mod levels;
mod listing;
mod reference;
mod review;
mod rhythm;
mod settle;
mod walk;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use author::{AuthorBins, AuthorPeers, AuthorSignal};
pub use calendar::{Around, Calendar};
pub use compare::{Compared, Out};
pub use levels::{LevelCounts, Levels, Mark};
pub use listing::{ListingBins, ListingSignal};
pub use reference::{Reference, Sampled};
pub use review::{Marks, age as review_age};
pub use rhythm::{DayWindow, Rhythm, Rhythms, SURGE_DAYS, densest_around};
pub use settle::Changes;
pub(super) use settle::Touched;
pub use walk::{AuthorWalk, ListingWalk};

use super::State;
use super::checkpoint::{CheckpointError, Sink, Source};
use super::column::Column;
use super::histogram::{BINS, Histogram, Scale};
use super::row_numbers::{GroupIx, RowNumber};
use super::rows::{BandRow, DayCount, PeerKey, Polarity, Tally};

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

/// The place of a value among its peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerBin {
    /// Stratum of size or activity.
    pub stratum: usize,
    /// Bin of the stratum's histogram.
    pub bin: usize,
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
    groups: Column<GroupIx, Arc<Peers>>,
    marketplaces: Column<u16, Arc<Peers>>,
    authors: Column<u16, Arc<AuthorPeers>>,
    group_days: Column<GroupIx, Arc<Calendar>>,
    marketplace_days: Column<u16, Arc<Calendar>>,
    buckets: Histogram,
    reference: Arc<Reference>,
}

impl Peers {
    fn count_listing(
        &mut self,
        tally: &Tally,
        bins: &ListingBins,
        step: fn(&mut Histogram, usize, u32),
    ) {
        for (strata, code) in self.listings.iter_mut().zip(bins.codes()) {
            if let Some(PeerBin { stratum, bin }) = decode(code) {
                step(&mut strata[stratum], bin, 1);
            }
        }
        // Below that a review mostly differs from itself.
        if let Some(mean) = tally.mean().filter(|_| tally.up() >= 5) {
            for (stars, count) in (1_u8..).zip(tally.stars) {
                step(&mut self.deviation, deviation_bin(stars, mean), count);
            }
        }
        for counts in &tally.by_polarity {
            step(&mut self.unverified, Scale::Share.bin(0.0), counts.verified);
            step(
                &mut self.unverified,
                Scale::Share.bin(1.0),
                counts.unverified,
            );
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
    pub fn group(&self, group: GroupIx) -> Option<&Peers> {
        self.groups.get(group).map(AsRef::as_ref)
    }

    /// Peers in a marketplace.
    pub fn marketplace(&self, marketplace: u16) -> Option<&Peers> {
        self.marketplaces.get(marketplace).map(AsRef::as_ref)
    }

    /// Authors of a marketplace.
    pub fn authors(&self, marketplace: u16) -> Option<&AuthorPeers> {
        self.authors.get(marketplace).map(AsRef::as_ref)
    }

    /// Reviews by the size of their near-duplicate buckets, each bucket of a review by itself.
    pub const fn buckets(&self) -> &Histogram {
        &self.buckets
    }

    /// The peers that are looked at one by one.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The days of the reviews of a group and of its marketplace.
    pub fn around(&self, peers: PeerKey) -> Around<'_> {
        let group = peers.group.and_then(|group| self.group_days.get(group));
        let marketplace = self.marketplace_days.get(peers.marketplace);
        Around {
            group: group.map(AsRef::as_ref),
            marketplace: marketplace.map(AsRef::as_ref),
        }
    }

    /// Counts one review's day in or out.
    pub(super) fn count_day(
        &mut self,
        peers: PeerKey,
        day: u16,
        polarity: Polarity,
        step: fn(u32, u32) -> u32,
    ) {
        let group = peers
            .group
            .and_then(|group| ensure(&mut self.group_days, group));
        let marketplace = ensure(&mut self.marketplace_days, peers.marketplace);
        for calendar in group.into_iter().chain(marketplace) {
            calendar.count(day, polarity, 1, step);
        }
    }

    /// Moves the days of a listing from one group to another.
    fn move_days(&mut self, days: &[DayCount], from: GroupIx, to: GroupIx) {
        if let Some(calendar) = ensure(&mut self.group_days, from) {
            calendar.count_days(days, u32::wrapping_sub);
        }
        if let Some(calendar) = ensure(&mut self.group_days, to) {
            calendar.count_days(days, u32::wrapping_add);
        }
    }

    /// Changes a group and its marketplace.
    fn change(&mut self, group: GroupIx, marketplace: u16, change: impl Fn(&mut Peers)) {
        if let Some(peers) = ensure(&mut self.groups, group) {
            change(peers);
        }
        if let Some(peers) = ensure(&mut self.marketplaces, marketplace) {
            change(peers);
        }
    }

    pub(super) fn count_bucket(&mut self, bucket: BandRow, step: fn(&mut Histogram, usize, u32)) {
        let bin = Scale::Count.bin(bucket.count.into());
        step(&mut self.buckets, bin, bucket.count);
    }
}

/// The entry of a row, which is made where there is none yet.
fn ensure<I: RowNumber, T: Clone + Default>(
    column: &mut Column<I, Arc<T>>,
    row: I,
) -> Option<&mut T> {
    while column.len() <= row.number() {
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
fn decode(code: u8) -> Option<PeerBin> {
    let (stratum, bin) = (usize::from(code) / BINS, usize::from(code) % BINS);
    (stratum < STRATA).then_some(PeerBin { stratum, bin })
}

/// The bin of a rating's distance from its listing's mean.
pub fn deviation_bin(stars: u8, mean: f64) -> usize {
    Scale::Share.bin((f64::from(stars) - mean).abs() / 4.0)
}

impl State {
    /// The baselines of all peers.
    pub const fn baselines(&self) -> &Baselines {
        &self.baselines
    }
}

#[cfg(test)]
mod tests;
