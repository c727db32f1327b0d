//! Which orders of a burst are its own: those that look as the burst does.
//!
//! What is bought is made in bulk, and looks alike: the same listings, place, price without
//! promotion, nothing sent back. An order of such a week is the seller's own with probability
//! `L p(x) / (L p(x) + (n - L) q(x))`: `L` of the week's `n` orders are expected, `p` is how orders of
//! undoubted weeks look and `q` how the burst does, traits taken as independent (naive Bayes; Hand
//! and Yu, International Statistical Review 69(3), 2001). Of a trait's value the burst holds what is
//! beyond three times the expected and three more, so that a buyer who came with a promotion is not
//! taken for one who came without. A burst that looks like everything has `q = p`: then each order
//! counts for `L / n`, and what is left looks as the trusted weeks do.
//!
//! `L` is the mean of a gamma posterior: the weeks before, and what is found to be own in the burst
//! itself, by turns (the EM algorithm; Dempster, Laird and Rubin, 1977).

use std::collections::BTreeMap;

use super::bursts::{Burst, SHAPE, Week};
use super::strangers::free;
use crate::domain::Country;
use crate::state::{Known, OrderRow};

/// Traits of an order.
const TRAITS: usize = 8;
/// Orders that all undoubted orders count for beside the strangers' own.
const POOLED: f64 = 4.0;
/// Orders of a burst that look as the seller's own do, at least: nothing is impossible.
const UNLIKE: f64 = 0.1;

/// Turns of rates and probabilities.
const TURNS: usize = 10;

/// How an order looks: listing, place, promotion, refund, delivery, more than one unit, whether its
/// buyer has ordered before, and whether it is reviewed.
pub(super) type Looks = [u32; TRAITS];

/// How an order looks.
pub(super) fn looks(
    order: &OrderRow,
    destination: Option<Country>,
    (again, reviewed): (bool, bool),
) -> Looks {
    let place = destination.map_or(0, |country| {
        let letters = country.as_str().bytes();
        letters.fold(0, |number, letter| number << 8 | u32::from(letter))
    });
    let known = |known: Known| match known {
        Known::Unknown => 0,
        Known::No => 1,
        Known::Yes => 2,
    };
    [
        order.listing,
        place,
        known(order.promotion),
        known(order.refunded),
        known(order.delivered),
        order.quantity.min(2),
        u32::from(again),
        u32::from(reviewed),
    ]
}

/// An order of a doubted week, or one to learn from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) looks: Looks,
    /// Its week; none where its day is not doubted.
    pub(super) doubted: Option<Week>,
    /// Whether its buyer is a stranger.
    pub(super) stranger: bool,
}

/// How often values of one trait are seen.
#[derive(Debug, Default)]
pub(super) struct Counts {
    values: BTreeMap<u32, f64>,
    all: f64,
}

impl Counts {
    pub(super) fn add(&mut self, value: u32, weight: f64) {
        *self.values.entry(value).or_default() += weight;
        self.all += weight;
    }

    pub(super) fn of(&self, value: u32) -> f64 {
        self.values.get(&value).copied().unwrap_or(0.0)
    }

    pub(super) const fn all(&self) -> f64 {
        self.all
    }

    /// Share of a value; none is impossible, one more being spread over those that were seen and
    /// another.
    pub(super) fn share(&self, value: u32) -> f64 {
        let kinds = self.values.len() as f64 + 1.0;
        (self.of(value) + 1.0 / kinds) / (self.all + 1.0)
    }
}

/// One trait: undoubted orders, those of strangers among them, and the burst.
#[derive(Debug, Default)]
struct Trait {
    everybody: Counts,
    strangers: Counts,
    burst: Counts,
    /// What the burst holds beyond what is free, over all values.
    beyond: f64,
    /// Orders expected in the doubted weeks.
    expected: f64,
}

impl Trait {
    /// Share of the seller's own orders that look so.
    fn usual(&self, value: u32) -> f64 {
        let pooled = self.everybody.share(value);
        (self.strangers.of(value) + POOLED * pooled) / (self.strangers.all + POOLED)
    }

    fn beyond(&self, value: u32, count: f64) -> f64 {
        (count - free(self.expected * self.usual(value))).max(0.0)
    }

    /// Share of the burst that looks so.
    fn of_burst(&self, value: u32) -> f64 {
        if self.beyond <= 0.0 {
            return self.usual(value);
        }
        let held = self.beyond(value, self.burst.of(value));
        (held + UNLIKE * self.usual(value)) / (self.beyond + UNLIKE)
    }
}

/// The probability that each order is none of the burst's: 1 for undoubted ones.
pub(super) fn own(seen: &[Seen], bursts: &[Burst]) -> Vec<f64> {
    let rate = |burst: &Burst| (burst.before + SHAPE) / burst.weeks_before.max(1.0);
    let mut rates: Vec<f64> = bursts.iter().map(rate).collect();
    let expected = bursts.iter().map(|burst| rate(burst) * burst.weeks).sum();
    let traits = traits(seen, expected);
    // How much likelier an order looks so as an own one than as one of the burst.
    let likelier = |one: &Seen| {
        let of = |(held, value): (&Trait, u32)| held.usual(value) / held.of_burst(value);
        traits.iter().zip(one.looks).map(of).product::<f64>()
    };
    let likelier: Vec<f64> = seen
        .iter()
        .map(|one| one.doubted.map_or(1.0, |_| likelier(one)))
        .collect();
    let mut found = vec![1.0; seen.len()];
    for _ in 0..TURNS {
        let mut own = vec![0.0; bursts.len()];
        for ((one, likelier), found) in seen.iter().zip(&likelier).zip(&mut found) {
            let Some(week) = one.doubted else {
                continue;
            };
            let rate = rates.get(week.burst).copied().unwrap_or(0.0);
            *found = probability(&week, rate * week.weeks, *likelier);
            if let Some(own) = own.get_mut(week.burst) {
                *own += *found;
            }
        }
        for ((rate, burst), own) in rates.iter_mut().zip(bursts).zip(own) {
            *rate = (burst.before + SHAPE + own) / (burst.weeks_before + burst.weeks).max(1.0);
        }
    }
    found
}

/// The probability that an order of a week of which so many are expected is an own one.
fn probability(week: &Week, level: f64, likelier: f64) -> f64 {
    let level = level.min(week.count);
    let (usual, burst) = (level * likelier, week.count - level);
    if !usual.is_finite() {
        1.0
    } else if usual + burst > 0.0 {
        usual / (usual + burst)
    } else {
        0.0
    }
}

/// How orders look, and of the doubted ones how the burst does.
fn traits(seen: &[Seen], expected: f64) -> [Trait; TRAITS] {
    let mut traits: [Trait; TRAITS] = std::array::from_fn(|_| Trait::default());
    for one in seen {
        for (held, value) in traits.iter_mut().zip(one.looks) {
            if one.doubted.is_some() {
                held.burst.add(value, 1.0);
            } else {
                held.everybody.add(value, 1.0);
                held.strangers.add(value, f64::from(u8::from(one.stranger)));
            }
        }
    }
    for held in &mut traits {
        held.expected = expected;
        let values = held.burst.values.iter();
        held.beyond = values
            .map(|(value, count)| held.beyond(*value, *count))
            .sum();
    }
    traits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(looks: Looks, doubted: Option<Week>) -> Seen {
        Seen {
            looks,
            doubted,
            stranger: true,
        }
    }

    const fn week(count: f64) -> Week {
        Week {
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
    fn who_came_with_a_promotion_is_none_of_a_burst_without() {
        let plain: Looks = [1, 1, 1, 1, 2, 1, 0, 0];
        let promoted: Looks = [1, 1, 2, 1, 2, 1, 0, 0];
        // Half and half in usual weeks; then 100 plain ones and one promoted where 2 are expected.
        let mut all = vec![seen(plain, None); 50];
        all.extend(vec![seen(promoted, None); 50]);
        all.extend(vec![seen(plain, Some(week(101.0))); 100]);
        all.push(seen(promoted, Some(week(101.0))));
        let found = own(&all, &burst(19.5));
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
    fn a_burst_that_looks_like_everything_keeps_the_usual_mix() {
        let of = |n: u32| [n % 4, 1, n % 2, 1, 2, 1, 0, 0];
        let mut all: Vec<Seen> = (0..80).map(|n| seen(of(n), None)).collect();
        all.extend((0..400).map(|n| seen(of(n), Some(week(400.0)))));
        let found = own(&all, &burst(39.5));
        let alike = found[80..].iter().all(|own| (own - 0.01).abs() < 0.002);
        assert!(alike, "{:?}", &found[80..90]);
    }

    #[test]
    fn more_unlike_the_burst_than_expected_raise_what_is_own() {
        // Nothing for ten weeks, then ten with a promotion among a hundred without.
        let mut all = vec![seen([1, 1, 1, 1, 2, 1, 0, 0], Some(week(110.0))); 100];
        all.extend(vec![seen([1, 1, 2, 1, 2, 2, 1, 0], Some(week(110.0))); 3]);
        let found = own(&all, &burst(0.0));
        assert!(
            found[100..].iter().all(|own| *own > 0.9),
            "{:?}",
            &found[100..]
        );
        assert!(found[..100].iter().all(|own| *own < 0.05), "{}", found[0]);
    }

    #[test]
    fn without_anything_to_learn_from_a_week_counts_for_little() {
        let all = vec![seen([1; TRAITS], Some(week(50.0))); 50];
        let sum: f64 = own(&all, &burst(49.5)).iter().sum();
        assert!(sum > 0.0 && sum <= 6.0, "{sum}");
        assert!(own(&[], &[]).is_empty());
        let lone = own(&all, &[Burst::default()]);
        assert!(lone.iter().all(|own| own.is_finite() && *own < 0.1));
    }
}
