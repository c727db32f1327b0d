//! Values that listings are compared by.
//!
//! Each value looks at one polarity only, in its numerator, its denominator and its stratum, so
//! that blame moves nothing that a listing's own risk rests on.

use serde::{Deserialize, Serialize};

use super::rhythm::Rhythms;
use super::{Measured, PeerBin, Polarity, STRATA, Tally, UNCOUNTED, code};
use crate::state::histogram::Scale;

/// Fewest reviews that a share can rest on.
pub(super) const SIZE_LEAST: u32 = 5;

/// From one part in so many on, reviews that variations share say nothing about a listing's orders.
const SHARED_PARTS: u32 = 5;

/// One way to compare listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingSignal {
    /// Five stars among praise.
    FiveStarShare,
    /// Authors of praise with no other review.
    OneTimeAuthorShare,
    /// Purchase denied, among praise of which that is known.
    UnverifiedShare,
    /// Near-duplicates among comparable praise.
    NearDuplicateShare,
    /// Praise taken down.
    RemovedShare,
    /// Praise in the densest week over that of a mean week.
    PositiveBurst,
    /// Praise an order.
    ReviewsPerOrder,
    /// Authors of blame with no other review.
    NegativeOneTimeAuthorShare,
    /// Purchase denied, among blame of which that is known.
    NegativeUnverifiedShare,
    /// Near-duplicates among comparable blame.
    NegativeNearDuplicateShare,
    /// Blame in the densest week over that of a mean week.
    NegativeBurst,
}

impl ListingSignal {
    /// How many there are.
    pub const COUNT: usize = 11;
    /// All of them, by [`Self::index`].
    pub const ALL: [Self; Self::COUNT] = [
        Self::FiveStarShare,
        Self::OneTimeAuthorShare,
        Self::UnverifiedShare,
        Self::NearDuplicateShare,
        Self::RemovedShare,
        Self::PositiveBurst,
        Self::ReviewsPerOrder,
        Self::NegativeOneTimeAuthorShare,
        Self::NegativeUnverifiedShare,
        Self::NegativeNearDuplicateShare,
        Self::NegativeBurst,
    ];

    /// Its index in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The only polarity that it looks at.
    pub const fn polarity(self) -> Polarity {
        match self {
            Self::NegativeOneTimeAuthorShare
            | Self::NegativeUnverifiedShare
            | Self::NegativeNearDuplicateShare
            | Self::NegativeBurst => Polarity::Negative,
            _ => Polarity::Positive,
        }
    }

    /// Its value, or why there is none.
    pub fn measure(self, tally: &Tally, rhythms: &Rhythms) -> Result<Measured, &'static str> {
        let counts = &tally.by_polarity[self.polarity().index()];
        match self {
            Self::FiveStarShare => share(tally.stars[4], counts.up),
            Self::OneTimeAuthorShare | Self::NegativeOneTimeAuthorShare => {
                share(counts.one_time, counts.up)
            }
            Self::UnverifiedShare | Self::NegativeUnverifiedShare => share(
                counts.unverified,
                counts.verified.wrapping_add(counts.unverified),
            ),
            Self::NearDuplicateShare | Self::NegativeNearDuplicateShare => {
                share(counts.duplicate, counts.comparable)
            }
            Self::RemovedShare => share(counts.removed, counts.up.wrapping_add(counts.removed)),
            Self::PositiveBurst | Self::NegativeBurst => rhythms.of(self.polarity()).measure(),
            Self::ReviewsPerOrder if tally.orders == 0 => Err("no orders are known"),
            // Each variation has orders of its own, and shows the reviews of all.
            Self::ReviewsPerOrder if SHARED_PARTS * counts.shared > counts.up => {
                Err("its variations show the same reviews")
            }
            Self::ReviewsPerOrder => share(counts.up, counts.up).map(|all| Measured {
                value: f64::from(counts.up) / f64::from(tally.orders),
                ..all
            }),
        }
    }

    /// Whether it rests on the reviews by day and on nothing else.
    pub const fn is_burst(self) -> bool {
        matches!(self, Self::PositiveBurst | Self::NegativeBurst)
    }

    /// Stratum and bin of a value, none where that cannot be counted.
    pub fn peer_bin(self, measured: Measured) -> Option<PeerBin> {
        super::decode(self.code(measured))
    }

    /// Both in one byte.
    pub(super) fn code(self, measured: Measured) -> u8 {
        let scale = if self.is_burst() {
            Scale::Count
        } else {
            Scale::Share
        };
        code(stratum(measured.size), scale.bin(measured.value))
    }
}

/// The bins in which a listing is counted, by [`ListingSignal::index`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingBins([u8; ListingSignal::COUNT]);

impl Default for ListingBins {
    fn default() -> Self {
        Self([UNCOUNTED; ListingSignal::COUNT])
    }
}

impl ListingBins {
    pub(super) fn of(tally: &Tally, rhythms: &Rhythms) -> Self {
        Self(ListingSignal::ALL.map(|signal| {
            signal
                .measure(tally, rhythms)
                .map_or(UNCOUNTED, |measured| signal.code(measured))
        }))
    }

    pub(super) const fn codes(&self) -> [u8; ListingSignal::COUNT] {
        self.0
    }

    /// Stratum and bin of one signal, none where it has no value.
    pub fn of_signal(&self, signal: ListingSignal) -> Option<PeerBin> {
        super::decode(self.0[signal.index()])
    }
}

pub(super) fn stratum(size: u32) -> usize {
    let stratum = match size {
        0..10 => 0,
        10..30 => 1,
        30..100 => 2,
        100..300 => 3,
        _ => 4,
    };
    stratum.min(STRATA - 1)
}

fn share(part: u32, whole: u32) -> Result<Measured, &'static str> {
    if whole < SIZE_LEAST {
        return Err("fewer than 5 reviews to measure");
    }
    Ok(Measured {
        value: f64::from(part) / f64::from(whole),
        size: whole,
    })
}
