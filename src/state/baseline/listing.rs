//! What listings are compared by.
//!
//! Each value looks at one polarity only, in its numerator, its denominator and its stratum, so
//! that blame moves nothing that a listing's own risk rests on.

use serde::{Deserialize, Serialize};

use super::{Measured, STRATA, Side, Tally, UNCOUNTED, code};
use crate::state::histogram::Scale;
use crate::state::rows::DayCount;

/// Fewest reviews that a share can rest on.
const SIZE_LEAST: u32 = 5;
/// Days of a burst.
const BURST_DAYS: u32 = 7;
/// Days between first and last review below which no week stands out.
const SPAN_LEAST: u32 = 14;
/// Newest days with reviews that a burst is sought in: bounds the work of an event.
const DAYS_MOST: usize = 1024;

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
    BlameOneTimeAuthorShare,
    /// Purchase denied, among blame of which that is known.
    BlameUnverifiedShare,
    /// Near-duplicates among comparable blame.
    BlameNearDuplicateShare,
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
        Self::BlameOneTimeAuthorShare,
        Self::BlameUnverifiedShare,
        Self::BlameNearDuplicateShare,
        Self::NegativeBurst,
    ];

    /// Its place in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The only polarity that it looks at.
    pub const fn side(self) -> Side {
        match self {
            Self::BlameOneTimeAuthorShare
            | Self::BlameUnverifiedShare
            | Self::BlameNearDuplicateShare
            | Self::NegativeBurst => Side::Blame,
            _ => Side::Praise,
        }
    }

    /// Its value, or why there is none.
    pub fn measure(self, tally: &Tally, days: &[DayCount]) -> Result<Measured, &'static str> {
        let side = &tally.sides[self.side().index()];
        match self {
            Self::FiveStarShare => share(tally.stars[4], side.up),
            Self::OneTimeAuthorShare | Self::BlameOneTimeAuthorShare => {
                share(side.one_time, side.up)
            }
            Self::UnverifiedShare | Self::BlameUnverifiedShare => {
                share(side.unverified, side.verified.wrapping_add(side.unverified))
            }
            Self::NearDuplicateShare | Self::BlameNearDuplicateShare => {
                share(side.duplicate, side.comparable)
            }
            Self::RemovedShare => share(side.removed, side.up.wrapping_add(side.removed)),
            Self::PositiveBurst | Self::NegativeBurst => burst(days, self.side()),
            Self::ReviewsPerOrder if tally.orders == 0 => Err("no orders are known"),
            Self::ReviewsPerOrder => share(side.up, side.up).map(|all| Measured {
                value: f64::from(side.up) / f64::from(tally.orders),
                ..all
            }),
        }
    }

    /// Whether it rests on the reviews by day and on nothing else.
    const fn is_burst(self) -> bool {
        matches!(self, Self::PositiveBurst | Self::NegativeBurst)
    }

    /// Stratum and bin of a value.
    pub(super) fn code(self, measured: Measured) -> u8 {
        let scale = if self.is_burst() {
            Scale::Count
        } else {
            Scale::Share
        };
        code(stratum(measured.size), scale.bin(measured.value))
    }
}

/// Where a listing is counted, by [`ListingSignal::index`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingBins([u8; ListingSignal::COUNT]);

impl Default for ListingBins {
    fn default() -> Self {
        Self([UNCOUNTED; ListingSignal::COUNT])
    }
}

impl ListingBins {
    /// `known` are the bins from before, where the days have not changed since.
    pub(super) fn of(tally: &Tally, days: &[DayCount], known: Option<&Self>) -> Self {
        Self(ListingSignal::ALL.map(|signal| {
            if let Some(known) = known
                && signal.is_burst()
            {
                return known.0[signal.index()];
            }
            signal
                .measure(tally, days)
                .map_or(UNCOUNTED, |measured| signal.code(measured))
        }))
    }

    pub(super) const fn codes(&self) -> [u8; ListingSignal::COUNT] {
        self.0
    }

    /// Stratum and bin of one signal, none where it has no value.
    pub fn place(&self, signal: ListingSignal) -> Option<(usize, usize)> {
        super::place(self.0[signal.index()])
    }
}

fn stratum(size: u32) -> usize {
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

/// The newest days that have reviews of a polarity, newest first.
fn days_of(days: &[DayCount], side: Side) -> impl Iterator<Item = (u32, u32)> {
    days.iter()
        .rev()
        .map(move |day| (u32::from(day.day), u32::from(day.counts[side.index()])))
        .filter(|(_, count)| *count > 0)
        .take(DAYS_MOST)
}

/// The densest week of a polarity: its last day and its reviews. The latest of equals.
pub fn densest_week(days: &[DayCount], side: Side) -> Option<(u32, u32)> {
    let mut best = None;
    let mut tail = days_of(days, side).peekable();
    let mut inside = 0;
    for (last, count) in days_of(days, side) {
        while let Some((_, count)) = tail.next_if(|(day, _)| day + BURST_DAYS > last) {
            inside += count;
        }
        if best.is_none_or(|(_, most)| inside > most) {
            best = Some((last, inside));
        }
        inside -= count;
    }
    best
}

/// Reviews of the densest week over those of a mean week in the same span.
fn burst(days: &[DayCount], side: Side) -> Result<Measured, &'static str> {
    let (mut newest, mut oldest, mut size) = (0, u32::MAX, 0_u32);
    for (day, count) in days_of(days, side) {
        newest = newest.max(day);
        oldest = oldest.min(day);
        size += count;
    }
    if size < SIZE_LEAST {
        return Err("fewer than 5 reviews with a known day");
    }
    let span = newest - oldest + 1;
    if span < SPAN_LEAST {
        return Err("all within two weeks");
    }
    let most = densest_week(days, side).map_or(0, |(_, most)| most);
    let usual = f64::from(size) * f64::from(BURST_DAYS) / f64::from(span);
    Ok(Measured {
        value: f64::from(most) / usual,
        size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_densest_week_is_found() {
        let day = |day, praise| DayCount {
            day,
            counts: [0, 0, praise],
        };
        let days = [day(1, 1), day(10, 2), day(12, 3), day(17, 2), day(40, 4)];
        assert_eq!(densest_week(&days, Side::Praise), Some((17, 5)));
        assert_eq!(densest_week(&days, Side::Blame), None);
        let value = burst(&days, Side::Praise).map(|measured| measured.value);
        assert_eq!(value, Ok(5.0 / (12.0 * 7.0 / 40.0)));
    }
}
