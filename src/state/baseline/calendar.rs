//! When everybody's reviews come: a sale day or a holiday lifts all.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Polarity;
use crate::state::rows::DayCount;

/// Days of a page: what the writer copies for a day whose page a snapshot shares.
const PAGE_DAYS: u32 = 64;

/// Reviews by day, for each [`Polarity::index`].
// A vector, as serde derives nothing for arrays of this length.
type Page = Vec<[u32; 3]>;

/// Reviews by day of one peer group or marketplace. Those taken down count: they did arrive. A
/// clone shares all pages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Calendar {
    // The page of day d is d / 64; days run to 65,535, so that there are at most 1,024.
    first: u32,
    pages: Vec<Arc<Page>>,
    // Of each page, side by side: a span of years is summed without a look at its pages.
    sums: Vec<[u32; 3]>,
}

impl Calendar {
    /// Counts reviews of one day in or out.
    pub(super) fn count(
        &mut self,
        day: u16,
        polarity: Polarity,
        many: u32,
        step: fn(u32, u32) -> u32,
    ) {
        let (page, index) = (u32::from(day) / PAGE_DAYS, u32::from(day) % PAGE_DAYS);
        let at = self.page(page);
        let (days, polarity) = (Arc::make_mut(&mut self.pages[at]), polarity.index());
        self.sums[at][polarity] = step(self.sums[at][polarity], many);
        if let Some(counts) = days.get_mut(index as usize) {
            counts[polarity] = step(counts[polarity], many);
        }
    }

    /// The index of a page, which is made where there is none yet.
    fn page(&mut self, page: u32) -> usize {
        let empty = || Arc::new(vec![[0; 3]; PAGE_DAYS as usize]);
        if self.pages.is_empty() {
            self.first = page;
        }
        while page < self.first {
            self.pages.insert(0, empty());
            self.sums.insert(0, [0; 3]);
            self.first -= 1;
        }
        let at = (page - self.first) as usize;
        while self.pages.len() <= at {
            self.pages.push(empty());
            self.sums.push([0; 3]);
        }
        at
    }

    /// Counts a whole listing in or out.
    pub(super) fn count_days(&mut self, days: &[DayCount], step: fn(u32, u32) -> u32) {
        for day in days {
            for polarity in [Polarity::Negative, Polarity::Neutral, Polarity::Positive] {
                let many = u32::from(day.counts[polarity.index()]);
                if many > 0 {
                    self.count(day.day, polarity, many, step);
                }
            }
        }
    }

    /// Reviews of one polarity from the first day to the last, both included.
    pub fn within(&self, polarity: Polarity, first: u32, last: u32) -> u64 {
        let polarity = polarity.index();
        // A span has many pages, a part of it few: only those that it touches are looked at.
        let page = |day: u32| (day / PAGE_DAYS).saturating_sub(self.first) as usize;
        let near = page(first)..(page(last) + 1).min(self.pages.len());
        let mut sum = 0;
        for (at, start) in near.zip(self.first + page(first) as u32..) {
            let (from, to) = (start * PAGE_DAYS, start * PAGE_DAYS + PAGE_DAYS - 1);
            if to < first || from > last {
                continue;
            }
            if first <= from && to <= last {
                sum += u64::from(self.sums[at][polarity]);
                continue;
            }
            let near = (from.max(first) - from) as usize..=(to.min(last) - from) as usize;
            let days = self.pages[at].get(near).unwrap_or(&[]);
            sum += days.iter().map(|day| u64::from(day[polarity])).sum::<u64>();
        }
        sum
    }

    /// Days since 1970 with reviews, rising, each with their number by [`Polarity::index`].
    pub fn days(&self) -> impl Iterator<Item = (u32, [u32; 3])> + '_ {
        let pages = self.pages.iter().zip(self.first..);
        let days = pages.flat_map(|(page, at)| (at * PAGE_DAYS..).zip(page.iter().copied()));
        days.filter(|(_, counts)| *counts != [0; 3])
    }
}

/// How the days of a listing's peers count.
///
/// *Exposure* is time counted by how busy everybody else is: a day on which others get three times
/// the usual praise counts as three. A group leans on its marketplace by [`LEAN`] reviews a day,
/// and part of each day counts as usual whatever others do.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The listing's peer group.
    pub group: Option<&'a Calendar>,
    /// Its marketplace.
    pub marketplace: Option<&'a Calendar>,
}

/// Reviews a day for which a group leans on its marketplace.
const LEAN: f64 = 5.0;
/// Part of a day that counts as usual whatever others do: quiet days make no bursts.
const FLOOR: f64 = 0.25;

impl Around<'_> {
    /// The share of a span that a part of it amounts to, above 0 and up to 1: by exposure, or by
    /// days where that is more, so that quiet days make no burst. `own` are the reviews in the part
    /// and in the span that the listing itself has, and that are left out.
    pub fn share(
        &self,
        polarity: Polarity,
        part: (u32, u32),
        span: (u32, u32),
        own: (u32, u32),
    ) -> f64 {
        let days = |(first, last): (u32, u32)| f64::from(last - first + 1);
        let even = (days(part) / days(span)).min(1.0);
        let others = |calendar: Option<&Calendar>, (first, last): (u32, u32), own: u32| {
            let all = calendar.map_or(0, |calendar| calendar.within(polarity, first, last));
            all.saturating_sub(own.into()) as f64
        };
        let wide_span = others(self.marketplace, span, own.1);
        if wide_span <= 0.0 {
            return even;
        }
        // Shares of everybody's reviews that fall into the part.
        let wide = others(self.marketplace, part, own.0) / wide_span;
        let lean = LEAN * days(span);
        let near = others(self.group, part, own.0) + lean * wide;
        let busy = near / (others(self.group, span, own.1) + lean);
        (FLOOR * even + (1.0 - FLOOR) * busy).clamp(even, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sale_day_counts_for_several_days() {
        let mut all = Calendar::default();
        for day in 0..100 {
            all.count(
                1000 + day,
                Polarity::Positive,
                if day == 50 { 300 } else { 100 },
                u32::wrapping_add,
            );
        }
        let around = Around {
            group: Some(&all),
            marketplace: Some(&all),
        };
        let of = |day| around.share(Polarity::Positive, (day, day), (1000, 1099), (0, 0));
        assert_eq!(of(1010), 0.01);
        // A quarter of the day counts as usual, the rest as 300 of 10,200.
        assert!((of(1050) - (0.0025 + 0.75 * 300.0 / 10_200.0)).abs() < 1e-12);
        // The listing's own reviews are left out.
        let own = around.share(Polarity::Positive, (1050, 1050), (1000, 1099), (200, 200));
        assert_eq!(own, 0.01);
        // Nobody else blames: days are days.
        assert_eq!(
            around.share(Polarity::Negative, (1050, 1050), (1000, 1099), (3, 9)),
            0.01
        );
    }

    proptest! {
        #[test]
        fn sums_are_those_of_the_days(
            counts in proptest::collection::vec((0..400_u16, 1..5_u32), 0..60),
            first in 0..400_u32, length in 0..400_u32,
        ) {
            let mut calendar = Calendar::default();
            for (day, many) in &counts {
                calendar.count(*day, Polarity::Negative, *many, u32::wrapping_add);
            }
            let last = first + length;
            let near = counts.iter().filter(|(day, _)| (first..=last).contains(&u32::from(*day)));
            let sum: u64 = near.map(|(_, many)| u64::from(*many)).sum();
            prop_assert_eq!(calendar.within(Polarity::Negative, first, last), sum);
            prop_assert_eq!(calendar.within(Polarity::Positive, first, last), 0);
        }
    }
}
