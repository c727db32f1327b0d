//! When a listing's reviews come, as far as bursts need it.

use serde::{Deserialize, Serialize};

use super::calendar::Around;
use super::listing::SIZE_LEAST;
use super::{Measured, Polarity};
use crate::state::rows::DayCount;

/// Days of a burst.
const BURST_DAYS: u32 = Rhythm::BURST_DAYS;
/// Days of a surge: slow campaigns take weeks.
pub const SURGE_DAYS: u32 = 28;
/// Fewest days between first and last review for a week to be unusual.
const SPAN_LEAST: u32 = 14;

/// Reviews of one polarity within some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayWindow {
    /// Last day, since 1970.
    pub last: u32,
    /// Number of reviews.
    pub count: u32,
    /// Number of days.
    pub days: u32,
}

/// The densest week of one polarity, within the newest days that have such reviews. It follows
/// from the reviews by day, and is kept as it is dear to seek.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Last day of the densest week, the latest of equals; days since 1970.
    pub last: u32,
    /// Reviews of that week.
    pub most: u32,
    /// Newest day with reviews.
    pub newest: u32,
    /// Oldest day with reviews that is looked at.
    pub oldest: u32,
    /// Reviews from the oldest to the newest day; 0 without any.
    pub size: u32,
}

/// Praise and blame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rhythms {
    positive: Rhythm,
    negative: Rhythm,
}

impl Rhythms {
    /// Seeks both densest weeks.
    pub fn seek(days: &[DayCount]) -> Self {
        Self {
            positive: Rhythm::seek(days, Polarity::Positive),
            negative: Rhythm::seek(days, Polarity::Negative),
        }
    }

    /// Takes in that one more review comes on a day, beside those of `days`.
    pub fn grow(&mut self, days: &[DayCount], polarity: Polarity, day: u32) {
        match polarity {
            Polarity::Positive => self.positive = self.positive.with(days, polarity, day),
            Polarity::Negative => self.negative = self.negative.with(days, polarity, day),
            Polarity::Neutral => {}
        }
    }

    /// The rhythm of one polarity; empty for neutral reviews.
    pub fn of(&self, polarity: Polarity) -> Rhythm {
        match polarity {
            Polarity::Positive => self.positive,
            Polarity::Negative => self.negative,
            Polarity::Neutral => Rhythm::default(),
        }
    }
}

impl Rhythm {
    /// Days of a burst.
    pub const BURST_DAYS: u32 = 7;

    /// The value of a window that surprises nobody.
    pub const fn quiet(&self) -> Measured {
        Measured {
            value: 0.0,
            size: self.size,
        }
    }

    /// Whether a window can be surprising: it holds more than its even share, and more than one
    /// review, as of several some window always holds one.
    pub fn is_crowded(&self, count: u32, length: u32) -> bool {
        let span = self.newest - self.oldest + 1;
        count > 1 && u64::from(count) * u64::from(span) > u64::from(self.size) * u64::from(length)
    }

    fn seek(days: &[DayCount], polarity: Polarity) -> Self {
        let newest_first = || {
            days.iter()
                .rev()
                .map(|day| (u32::from(day.day), u32::from(day.counts[polarity.index()])))
                .filter(|(_, count)| *count > 0)
        };
        let mut rhythm = Self::default();
        let mut tail = newest_first().peekable();
        let mut inside = 0;
        for (last, count) in newest_first() {
            while let Some((oldest, count)) = tail.next_if(|(day, _)| day + BURST_DAYS > last) {
                inside += count;
                rhythm.size += count;
                rhythm.oldest = oldest;
            }
            rhythm.newest = rhythm.newest.max(last);
            if inside > rhythm.most {
                (rhythm.last, rhythm.most) = (last, inside);
            }
            inside -= count;
        }
        rhythm
    }

    /// As if one more review had come on a day, beside those of `days`.
    #[must_use]
    pub fn with(self, days: &[DayCount], polarity: Polarity, day: u32) -> Self {
        if self.size == 0 {
            return Self {
                last: day,
                most: 1,
                newest: day,
                oldest: day,
                size: 1,
            };
        }
        let mut grown = Self {
            newest: self.newest.max(day),
            oldest: self.oldest.min(day),
            size: self.size + 1,
            ..self
        };
        // Only weeks that hold the day can have grown.
        let reach = BURST_DAYS - 1;
        let start = days.partition_point(|entry| u32::from(entry.day) + reach < day);
        let end = days.partition_point(|entry| u32::from(entry.day) <= day + reach);
        let near = days.get(start..end).unwrap_or(&[]);
        let count = |entry: &DayCount| u32::from(entry.counts[polarity.index()]);
        let ends = near
            .iter()
            .filter(|entry| count(entry) > 0 && u32::from(entry.day) > day)
            .map(|entry| u32::from(entry.day));
        for last in ends.chain([day]) {
            let week = last.saturating_sub(reach)..=last;
            let inside = near
                .iter()
                .filter(|entry| week.contains(&u32::from(entry.day)))
                .map(count)
                .sum::<u32>()
                + 1;
            if (inside, last) > (grown.most, grown.last) {
                (grown.last, grown.most) = (last, inside);
            }
        }
        grown
    }

    /// Whether a day lies in the densest week.
    pub const fn holds(&self, day: u32) -> bool {
        self.size > 0 && day <= self.last && self.last < day + BURST_DAYS
    }

    /// How surprising the densest week is: the negative decimal logarithm of the probability that
    /// chance alone, spreading the same reviews evenly over the same days, makes any week as dense.
    /// A few reviews that fall together surprise nobody, however often the mean they are.
    ///
    /// The probability is that of a scan statistic by Bonferroni's bound: that of one Poisson week,
    /// times the weeks of the span (Naus, Journal of the American Statistical Association 77, 1982,
    /// for the problem and closer bounds).
    pub fn measure(&self) -> Result<Measured, &'static str> {
        let span = self.span()?;
        let even = f64::from(BURST_DAYS) / f64::from(span);
        Ok(self.surprise(self.most, BURST_DAYS, even))
    }

    /// As [`Self::measure`], but time is counted by how busy everybody else is, so that a sale day
    /// makes no burst. Never more than by days alone.
    pub fn measure_around(
        &self,
        polarity: Polarity,
        around: Around<'_>,
    ) -> Result<Measured, &'static str> {
        self.span()?;
        if !self.is_crowded(self.most, BURST_DAYS) {
            return Ok(self.quiet());
        }
        let window = DayWindow {
            last: self.last,
            count: self.most,
            days: BURST_DAYS,
        };
        self.measure_window(polarity, around, window, 0)
    }

    /// How surprising a window is. So many of its reviews are `new`: the calendars around do not hold
    /// them yet.
    pub fn measure_window(
        &self,
        polarity: Polarity,
        around: Around<'_>,
        window: DayWindow,
        new: u32,
    ) -> Result<Measured, &'static str> {
        self.span()?;
        let DayWindow { last, count, days } = window;
        let part = ((last + 1).saturating_sub(days), last);
        let span = (self.oldest, self.newest);
        let share = around.share(polarity, part, span, (count - new, self.size - new));
        Ok(self.surprise(count, days, share))
    }

    /// Days from the oldest to the newest review; why there is nothing to compare otherwise.
    pub fn span(&self) -> Result<u32, &'static str> {
        if self.size < SIZE_LEAST {
            return Err("fewer than 5 reviews with a known day");
        }
        let span = self.newest - self.oldest + 1;
        if span < SPAN_LEAST {
            return Err("all within two weeks");
        }
        Ok(span)
    }

    fn surprise(&self, count: u32, length: u32, share: f64) -> Measured {
        let span = self.newest - self.oldest + 1;
        let windows = (f64::from(span) / f64::from(length)).max(1.0);
        let log = log_poisson_tail(count, f64::from(self.size) * share) + libm::log(windows);
        Measured {
            value: (-log / std::f64::consts::LN_10).max(0.0),
            size: self.size,
        }
    }
}

/// The densest window of so many days; none without reviews.
pub(super) fn densest(days: &[DayCount], polarity: Polarity, length: u32) -> Option<DayWindow> {
    let count = |entry: &DayCount| u32::from(entry.counts[polarity.index()]);
    let (mut inside, mut tail, mut best) = (0, 0, None);
    for entry in days {
        let last = u32::from(entry.day);
        inside += count(entry);
        while let Some(out) = days
            .get(tail)
            .filter(|out| u32::from(out.day) + length <= last)
        {
            inside -= count(out);
            tail += 1;
        }
        if inside > best.map_or(0, |best: DayWindow| best.count) {
            best = Some(DayWindow {
                last,
                count: inside,
                days: length,
            });
        }
    }
    best
}

/// The densest window of so many days that holds a day.
pub fn densest_around(days: &[DayCount], polarity: Polarity, day: u32, length: u32) -> DayWindow {
    let reach = length - 1;
    let start = days.partition_point(|entry| u32::from(entry.day) + reach < day);
    let end = days.partition_point(|entry| u32::from(entry.day) <= day + reach);
    let near = days.get(start..end).unwrap_or(&[]);
    let count = |entry: &DayCount| u32::from(entry.counts[polarity.index()]);
    let through = near.iter().take_while(|entry| u32::from(entry.day) <= day);
    // The window that ends on the day, whether it has reviews or not.
    let mut inside = through.clone().map(count).sum();
    let mut best = DayWindow {
        last: day,
        count: inside,
        days: length,
    };
    let mut tail = 0;
    for entry in near.iter().skip(through.count()) {
        let last = u32::from(entry.day);
        inside += count(entry);
        while let Some(out) = near
            .get(tail)
            .filter(|out| u32::from(out.day) + length <= last)
        {
            inside -= count(out);
            tail += 1;
        }
        if inside > best.count {
            (best.last, best.count) = (last, inside);
        }
    }
    best
}

/// Natural log of the probability that a Poisson count of this mean is `least` or more.
fn log_poisson_tail(least: u32, mean: f64) -> f64 {
    let least = f64::from(least);
    if least <= mean {
        // At least about one half: nothing to be surprised by.
        return 0.0;
    }
    let first = least * libm::log(mean) - mean - libm::lgamma(least + 1.0);
    // Terms fall at least geometrically, as the count is above the mean.
    let (mut sum, mut term, mut count) = (1.0, 1.0, least);
    while term > 1e-12 * sum && count < least + 1000.0 {
        count += 1.0;
        term *= mean / count;
        sum += term;
    }
    first + libm::log(sum)
}

#[cfg(test)]
mod tests;
