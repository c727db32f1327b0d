//! When a listing's reviews come, as far as bursts need it.

use serde::{Deserialize, Serialize};

use super::listing::SIZE_LEAST;
use super::{Measured, Side};
use crate::state::rows::DayCount;

/// Days of a burst.
const BURST_DAYS: u32 = 7;
/// Days between first and last review below which no week stands out.
const SPAN_LEAST: u32 = 14;

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
    praise: Rhythm,
    blame: Rhythm,
}

impl Rhythms {
    /// Seeks both densest weeks.
    pub fn seek(days: &[DayCount]) -> Self {
        Self {
            praise: Rhythm::seek(days, Side::Praise),
            blame: Rhythm::seek(days, Side::Blame),
        }
    }

    /// Takes in that one more review comes on a day, beside those of `days`.
    pub fn grow(&mut self, days: &[DayCount], side: Side, day: u32) {
        match side {
            Side::Praise => self.praise = self.praise.with(days, side, day),
            Side::Blame => self.blame = self.blame.with(days, side, day),
            Side::Neutral => {}
        }
    }

    /// That of one polarity; empty for neutral reviews, which have none.
    pub fn of(&self, side: Side) -> Rhythm {
        match side {
            Side::Praise => self.praise,
            Side::Blame => self.blame,
            Side::Neutral => Rhythm::default(),
        }
    }
}

impl Rhythm {
    fn seek(days: &[DayCount], side: Side) -> Self {
        let newest_first = || {
            days.iter()
                .rev()
                .map(|day| (u32::from(day.day), u32::from(day.counts[side.index()])))
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
    pub fn with(self, days: &[DayCount], side: Side, day: u32) -> Self {
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
        let start = days.partition_point(|held| u32::from(held.day) + reach < day);
        let end = days.partition_point(|held| u32::from(held.day) <= day + reach);
        let near = days.get(start..end).unwrap_or(&[]);
        let count = |held: &DayCount| u32::from(held.counts[side.index()]);
        let ends = near
            .iter()
            .filter(|held| count(held) > 0 && u32::from(held.day) > day)
            .map(|held| u32::from(held.day));
        for last in ends.chain([day]) {
            let week = last.saturating_sub(reach)..=last;
            let inside = near
                .iter()
                .filter(|held| week.contains(&u32::from(held.day)))
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
        if self.size < SIZE_LEAST {
            return Err("fewer than 5 reviews with a known day");
        }
        let span = self.newest - self.oldest + 1;
        if span < SPAN_LEAST {
            return Err("all within two weeks");
        }
        let weeks = f64::from(span) / f64::from(BURST_DAYS);
        let log = log_poisson_tail(self.most, f64::from(self.size) / weeks) + libm::log(weeks);
        Ok(Measured {
            value: (-log / std::f64::consts::LN_10).max(0.0),
            size: self.size,
        })
    }
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn praise(day: u16, praise: u16) -> DayCount {
        DayCount {
            day,
            counts: [0, 0, praise],
        }
    }

    #[test]
    fn the_densest_week_is_found() {
        let days = [(1, 1), (10, 2), (12, 3), (17, 2), (40, 4)].map(|(day, n)| praise(day, n));
        let rhythm = Rhythms::seek(&days).of(Side::Praise);
        assert_eq!((rhythm.last, rhythm.most), (17, 5));
        assert_eq!((rhythm.oldest, rhythm.newest, rhythm.size), (1, 40, 12));
        assert!(rhythm.holds(11) && rhythm.holds(17) && !rhythm.holds(10) && !rhythm.holds(18));
        assert_eq!(Rhythms::seek(&days).of(Side::Blame), Rhythm::default());
        // 12 reviews in 40 days are 2.1 a week; 5 or more come with probability 0.0621, and there
        // are 40 / 7 weeks.
        let value = rhythm.measure().map_or(0.0, |measured| measured.value);
        assert!((value - 0.450).abs() < 1e-3, "{value}");
    }

    #[test]
    fn a_tail_is_what_is_left_of_the_whole() {
        for (least, mean) in [(1, 0.5), (4, 2.0), (9, 1.2), (30, 12.0)] {
            let mut below = 0.0;
            let mut term = libm::exp(-mean);
            for count in 0..least {
                below += term;
                term *= mean / f64::from(count + 1);
            }
            let tail = libm::exp(log_poisson_tail(least, mean));
            assert!(
                (tail - (1.0 - below)).abs() < 1e-9,
                "{least} {mean}: {tail}"
            );
        }
        assert_eq!(log_poisson_tail(2, 2.5), 0.0);
        assert!(log_poisson_tail(60_000, 0.01) < -1e5);
    }

    #[test]
    fn few_reviews_together_are_no_surprise() {
        // Three of eight within a week, in seven years: often the mean, and what chance brings.
        let few = [1, 200, 700, 703, 705, 1300, 2000, 2500].map(|day| praise(day, 1));
        let many = [1, 200, 700, 703, 705, 1300, 2000, 2500].map(|day| praise(day, 6));
        let surprise = |days: &[DayCount]| Rhythms::seek(days).of(Side::Praise).measure();
        let surprise = |days: &[DayCount]| surprise(days).map_or(0.0, |measured| measured.value);
        assert!(surprise(&few) < 4.0, "{}", surprise(&few));
        assert!(surprise(&many) > 10.0, "{}", surprise(&many));
    }

    proptest! {
        #[test]
        fn one_more_review_is_as_if_it_were_there(
            held in proptest::collection::btree_map(0..60_u16, 1..4_u16, 0..20), day in 0..60_u16
        ) {
            let days: Vec<DayCount> = held.iter().map(|(day, n)| praise(*day, *n)).collect();
            let mut more = held;
            *more.entry(day).or_default() += 1;
            let more: Vec<DayCount> = more.iter().map(|(day, n)| praise(*day, *n)).collect();
            let expected = Rhythms::seek(&more).of(Side::Praise);
            let rhythm = Rhythms::seek(&days).of(Side::Praise);
            prop_assert_eq!(rhythm.with(&days, Side::Praise, day.into()), expected);
        }
    }
}
