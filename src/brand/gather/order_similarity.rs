//! Estimates which orders of a burst are the seller's own, by their similarity to the burst.
//!
//! Brushing orders are made in bulk and are alike: the same listings, destination, price without
//! promotion, nothing returned. An order of a doubted week is the seller's own with probability
//! `L p(x) / (L p(x) + (n - L) q(x))`. `L` of the week's `n` orders are expected, `p` is the
//! distribution of traits in undoubted weeks and `q` that in the burst. Traits are taken as
//! independent (naive Bayes; Hand and Yu, International Statistical Review 69(3), 2001). The burst's
//! count of a value is the part beyond three times the expected and three more, so that a buyer with
//! a promotion is not taken for one without. A burst that resembles all orders has `q = p`: then each
//! order counts for `L / n`, and the remainder has the traits of undoubted weeks.
//!
//! `L` is the mean of a gamma posterior of the weeks before and of the own orders in the burst itself,
//! estimated by turns (the EM algorithm; Dempster, Laird and Rubin, 1977).

use std::collections::BTreeMap;

use super::brushing_orders::free;
use super::bursts::{Burst, DoubtedWeek, SHAPE};
use crate::domain::Country;
use crate::state::{Known, OrderRow};

/// Traits of an order.
const TRAITS: usize = 8;
/// Orders that all undoubted orders count for beside those of unestablished buyers.
const POOLED: f64 = 4.0;
/// Least number of a burst's orders with the traits of own ones: nothing is impossible.
const UNLIKE: f64 = 0.1;
/// Turns of rates and probabilities.
const TURNS: usize = 10;

/// Traits of an order: listing, destination, promotion, refund, delivery, more than one unit, whether
/// its buyer has ordered before, and whether it is reviewed.
pub(super) type Traits = [u32; TRAITS];

/// A trait that may be unknown, as a number.
pub(super) const fn number(known: Known) -> u32 {
    match known {
        Known::Unknown => 0,
        Known::No => 1,
        Known::Yes => 2,
    }
}

/// The traits of an order.
pub(super) fn traits(
    order: &OrderRow,
    destination: Option<Country>,
    again: bool,
    reviewed: bool,
) -> Traits {
    let destination = destination.map_or(0, |country| {
        let letters = country.as_str().bytes();
        letters.fold(0, |number, letter| number << 8 | u32::from(letter))
    });
    [
        order.listing.number(),
        destination,
        number(order.promotion),
        number(order.refunded),
        number(order.delivered),
        order.quantity.min(2),
        u32::from(again),
        u32::from(reviewed),
    ]
}

/// An order of a doubted week, or one to learn from.
#[derive(Clone, Copy, Debug)]
pub(super) struct TraitedOrder {
    pub(super) traits: Traits,
    /// Its week; none where its day is not doubted.
    pub(super) doubted: Option<DoubtedWeek>,
    /// Whether its buyer is unestablished.
    pub(super) unestablished: bool,
}

/// Counts of the values of one trait.
#[derive(Debug, Default)]
pub(super) struct ValueCounts {
    values: BTreeMap<u32, f64>,
    pub(super) all: f64,
}

impl ValueCounts {
    pub(super) fn add(&mut self, value: u32, weight: f64) {
        *self.values.entry(value).or_default() += weight;
        self.all += weight;
    }

    pub(super) fn of(&self, value: u32) -> f64 {
        self.values.get(&value).copied().unwrap_or(0.0)
    }

    /// Share of a value. None is 0: one more observation is spread over the known values and another.
    pub(super) fn share(&self, value: u32) -> f64 {
        let kinds = self.values.len() as f64 + 1.0;
        (self.of(value) + 1.0 / kinds) / (self.all + 1.0)
    }
}

/// Counts of one trait: of undoubted orders, those of unestablished buyers among them, and the burst.
#[derive(Debug, Default)]
struct TraitCounts {
    undoubted: ValueCounts,
    unestablished: ValueCounts,
    burst: ValueCounts,
    /// The burst's count beyond the free one, over all values.
    excess: f64,
    /// Orders expected in the doubted weeks.
    expected: f64,
}

impl TraitCounts {
    /// Share of the seller's own orders with a value.
    fn usual(&self, value: u32) -> f64 {
        let pooled = self.undoubted.share(value);
        (self.unestablished.of(value) + POOLED * pooled) / (self.unestablished.all + POOLED)
    }

    fn excess_of(&self, value: u32, count: f64) -> f64 {
        (count - free(self.expected * self.usual(value))).max(0.0)
    }

    /// Share of the burst with a value.
    fn of_burst(&self, value: u32) -> f64 {
        if self.excess <= 0.0 {
            return self.usual(value);
        }
        let excess = self.excess_of(value, self.burst.of(value));
        (excess + UNLIKE * self.usual(value)) / (self.excess + UNLIKE)
    }
}

/// The probability that each order is the seller's own: 1 for undoubted ones.
pub(super) fn own_probabilities(orders: &[TraitedOrder], bursts: &[Burst]) -> Vec<f64> {
    let rate = |burst: &Burst| (burst.before + SHAPE) / burst.weeks_before.max(1.0);
    let mut rates: Vec<f64> = bursts.iter().map(rate).collect();
    let expected = bursts.iter().map(|burst| rate(burst) * burst.weeks).sum();
    let counts = count_traits(orders, expected);
    // Likelihood of an order's traits among own orders over that in the burst.
    let ratio = |order: &TraitedOrder| {
        let of =
            |(counts, value): (&TraitCounts, u32)| counts.usual(value) / counts.of_burst(value);
        counts.iter().zip(order.traits).map(of).product::<f64>()
    };
    let ratios: Vec<f64> = orders
        .iter()
        .map(|order| order.doubted.map_or(1.0, |_| ratio(order)))
        .collect();
    let mut probabilities = vec![1.0; orders.len()];
    for _ in 0..TURNS {
        let mut own = vec![0.0; bursts.len()];
        for ((order, ratio), own_probability) in orders.iter().zip(&ratios).zip(&mut probabilities)
        {
            let Some(week) = order.doubted else {
                continue;
            };
            let rate = rates.get(week.burst).copied().unwrap_or(0.0);
            *own_probability = probability(&week, rate * week.weeks, *ratio);
            if let Some(own) = own.get_mut(week.burst) {
                *own += *own_probability;
            }
        }
        for ((rate, burst), own) in rates.iter_mut().zip(bursts).zip(own) {
            *rate = (burst.before + SHAPE + own) / (burst.weeks_before + burst.weeks).max(1.0);
        }
    }
    probabilities
}

/// The probability that an order of a week with this many expected orders is an own one.
fn probability(week: &DoubtedWeek, expected: f64, ratio: f64) -> f64 {
    let own = expected.min(week.count);
    let (usual, burst) = (own * ratio, week.count - own);
    if !usual.is_finite() {
        1.0
    } else if usual + burst > 0.0 {
        usual / (usual + burst)
    } else {
        0.0
    }
}

/// Counts traits of undoubted orders and of the burst.
fn count_traits(orders: &[TraitedOrder], expected: f64) -> [TraitCounts; TRAITS] {
    let mut all: [TraitCounts; TRAITS] = std::array::from_fn(|_| TraitCounts::default());
    for order in orders {
        for (counts, value) in all.iter_mut().zip(order.traits) {
            if order.doubted.is_some() {
                counts.burst.add(value, 1.0);
            } else {
                let weight = f64::from(u8::from(order.unestablished));
                counts.undoubted.add(value, 1.0);
                counts.unestablished.add(value, weight);
            }
        }
    }
    for counts in &mut all {
        counts.expected = expected;
        let values = counts.burst.values.iter();
        counts.excess = values
            .map(|(value, count)| counts.excess_of(*value, *count))
            .sum();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn order(traits: Traits, doubted: Option<DoubtedWeek>) -> TraitedOrder {
        TraitedOrder {
            traits,
            doubted,
            unestablished: true,
        }
    }

    const fn week(count: f64) -> DoubtedWeek {
        DoubtedWeek {
            burst: 0,
            first: 0,
            end: 7,
            count,
            weeks: 1.0,
        }
    }

    /// A burst of one week after ten weeks with so many orders.
    fn burst(before: f64) -> [Burst; 1] {
        [Burst {
            before,
            weeks_before: 10.0,
            weeks: 1.0,
        }]
    }

    #[test]
    fn order_with_a_promotion_is_not_of_a_burst_without() {
        let plain: Traits = [1, 1, 1, 1, 2, 1, 0, 0];
        let promoted: Traits = [1, 1, 2, 1, 2, 1, 0, 0];
        // Half and half in usual weeks; then 100 plain ones and one promoted where 2 are expected.
        let mut all = vec![order(plain, None); 50];
        all.extend(vec![order(promoted, None); 50]);
        all.extend(vec![order(plain, Some(week(101.0))); 100]);
        all.push(order(promoted, Some(week(101.0))));
        let found = own_probabilities(&all, &burst(19.5));
        assert!(found[..100].iter().all(|own| (own - 1.0).abs() < 1e-12));
        // By hand, of the one trait that differs: the burst holds 100 - (3 * 1 + 3) plain ones and
        // no promoted one, so 0.1 * 0.5 of 94.1 looks so; the rest is the same on either side.
        let expected = 2.0 * 0.5 / (2.0 * 0.5 + 99.0 * 0.05 / 94.1);
        assert!(
            (found[200] - expected).abs() < 0.01,
            "{} {expected}",
            found[200]
        );
        // The plain ones together count for about the one that is expected.
        let plain: f64 = found[100..200].iter().sum();
        assert!((plain - 1.0).abs() < 0.1, "{plain}");
    }

    #[test]
    fn burst_that_resembles_all_orders_keeps_the_usual_mix() {
        let of = |n: u32| [n % 4, 1, n % 2, 1, 2, 1, 0, 0];
        let mut all: Vec<TraitedOrder> = (0..80).map(|n| order(of(n), None)).collect();
        all.extend((0..400).map(|n| order(of(n), Some(week(400.0)))));
        let found = own_probabilities(&all, &burst(39.5));
        let alike = found[80..].iter().all(|own| (own - 0.01).abs() < 0.002);
        assert!(alike, "{:?}", &found[80..90]);
    }

    #[test]
    fn orders_unlike_the_burst_raise_the_own_rate() {
        // Nothing for ten weeks, then ten with a promotion among a hundred without.
        let mut all = vec![order([1, 1, 1, 1, 2, 1, 0, 0], Some(week(110.0))); 100];
        all.extend(vec![order([1, 1, 2, 1, 2, 2, 1, 0], Some(week(110.0))); 3]);
        let found = own_probabilities(&all, &burst(0.0));
        assert!(
            found[100..].iter().all(|own| *own > 0.9),
            "{:?}",
            &found[100..]
        );
        assert!(found[..100].iter().all(|own| *own < 0.05), "{}", found[0]);
    }

    #[test]
    fn doubted_week_without_undoubted_orders_counts_little() {
        let all = vec![order([1; TRAITS], Some(week(50.0))); 50];
        let sum: f64 = own_probabilities(&all, &burst(49.5)).iter().sum();
        assert!(sum > 0.0 && sum <= 6.0, "{sum}");
        assert!(own_probabilities(&[], &[]).is_empty());
        let lone = own_probabilities(&all, &[Burst::default()]);
        assert!(lone.iter().all(|own| own.is_finite() && *own < 0.1));
    }
}
