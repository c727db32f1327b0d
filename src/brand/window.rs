//! Sums months with decay, as of the end of one of them.

use std::sync::LazyLock;

use super::inputs::{Breakdown, FIRST_REVIEW_FLOW, FLOWS, Flow, Inputs, Metric, Month};
use super::measure::{Counts, Estimate, View};
use crate::stats::median;

/// Months that a window reaches back.
pub(super) const WINDOW: usize = 24;
/// Months after which a month counts half.
const HALF_LIFE: f64 = 6.0;
/// Most that one month may count for in clean data, in median months, so that no burst decides the
/// result.
const MEDIAN_MONTHS_MOST: f64 = 3.0;
/// Orders that a month may have beyond that: a few are no burst.
const BURST_FREE: f64 = 5.0;

/// The months that a measure looks at, and their decayed sums.
#[derive(Clone, Debug)]
pub struct Window<'a> {
    /// All inputs of the seller.
    pub(super) inputs: &'a Inputs,
    /// Index of the last month.
    pub(super) last: usize,
    /// Decayed sums by [`Flow`], raw and clean.
    sums: [[f64; 2]; FLOWS],
    /// Share of each month's clean orders that is left when its burst is cut, oldest month first.
    cuts: Vec<f64>,
}

/// Weights of months by age, in a table because each seller asks for thousands.
static DECAYS: LazyLock<[f64; WINDOW]> =
    LazyLock::new(|| std::array::from_fn(|age| libm::exp2(-(age as f64) / HALF_LIFE)));

/// Weight of a month of this age; 0 beyond the window.
fn decay(age: usize) -> f64 {
    DECAYS.get(age).copied().unwrap_or(0.0)
}

/// Share of each month's flow that is left when bursts are cut.
fn cuts(months: &[Month], flow: Flow) -> Vec<f64> {
    let counts: Vec<f64> = months
        .iter()
        .map(|month| month.flow(flow, View::Clean))
        .collect();
    let first = counts.iter().position(|count| *count > 0.0).unwrap_or(0);
    let usual = median(&mut counts[first..].to_vec());
    let most = MEDIAN_MONTHS_MOST * usual + BURST_FREE;
    let left = |count: &f64| if *count > most { most / count } else { 1.0 };
    counts.iter().map(left).collect()
}

impl<'a> Window<'a> {
    /// The window that ends with a month; none where there is no such month.
    pub(super) fn at(inputs: &'a Inputs, last: usize) -> Option<Self> {
        let start = (last + 1).saturating_sub(WINDOW);
        let months = inputs.months.get(start..=last)?;
        let orders = cuts(months, Flow::Orders);
        let reviews = cuts(months, Flow::Reviews);
        let mut sums = [[0.0; 2]; FLOWS];
        for (index, month) in months.iter().enumerate() {
            let weight = decay(last - start - index);
            for (flow, (sum, add)) in sums.iter_mut().zip(&month.flows).enumerate() {
                let cut = if flow >= FIRST_REVIEW_FLOW {
                    reviews[index]
                } else {
                    orders[index]
                };
                sum[0] += weight * add[0];
                sum[1] += weight * cut * add[1];
            }
        }
        Some(Self {
            inputs,
            last,
            sums,
            cuts: orders,
        })
    }

    /// The decayed sum of a flow.
    pub(super) const fn sum(&self, flow: Flow, view: View) -> f64 {
        self.sums[flow as usize][view as usize]
    }

    /// One decayed sum as part of another; none where that is 0.
    pub(super) fn counts(&self, hits: Flow, all: Flow, view: View) -> Option<Counts> {
        let all = self.sum(all, view);
        let hits = self.sum(hits, view).min(all);
        (all > 0.0).then_some(Counts { hits, all })
    }

    /// Index of the first month.
    pub(super) const fn start(&self) -> usize {
        self.last + 1 - self.cuts.len()
    }

    /// The months, oldest first.
    pub(super) fn months(&self) -> &'a [Month] {
        let range = self.start()..=self.last;
        self.inputs.months.get(range).unwrap_or(&[])
    }

    /// Months with their weights, oldest first.
    pub(super) fn weighted(&self) -> impl Iterator<Item = (&'a Month, f64)> {
        let months = self.months();
        let count = months.len();
        let weighted = months.iter().enumerate();
        weighted.map(move |(index, month)| (month, decay(count - 1 - index)))
    }

    /// The decayed mean of a metric over the months that have it.
    pub(super) fn mean(&self, metric: Metric, view: View) -> Option<Mean> {
        Mean::of(self.weighted().filter_map(|(month, weight)| {
            let found = month.metric(metric, view)?;
            Some(Sample {
                value: found.value,
                trust: found.trust,
                weight,
            })
        }))
    }

    /// Decayed weights by key.
    pub(super) fn weights(&self, breakdown: &Breakdown, view: View) -> Vec<f64> {
        let mut weights = vec![0.0; breakdown.keys];
        let start = self.start();
        for cell in &breakdown.cells {
            let month = usize::from(cell.month);
            if (start..=self.last).contains(&month)
                && let Some(sum) = weights.get_mut(cell.key as usize)
            {
                let cut = match view {
                    View::Raw => 1.0,
                    View::Clean => self.cuts.get(month - start).copied().unwrap_or(1.0),
                };
                *sum += decay(self.last - month) * cut * cell.weights[view as usize];
            }
        }
        weights
    }
}

/// A month's value, its weight in a mean and the trust in its provenance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) value: f64,
    pub(super) weight: f64,
    pub(super) trust: f64,
}

/// A mean over months.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mean {
    /// The mean.
    pub(super) value: f64,
    /// Its standard deviation, from how months differ. A prior by which they differ by half of the
    /// value counts for one month. So a single month is off by half, and equal months are not certain.
    pub(super) sd: f64,
    /// Mean trust in the months.
    pub(super) trust: f64,
    /// Months that have a value.
    pub(super) months: usize,
}

impl Mean {
    /// The weighted mean; none without weight.
    pub(super) fn of(samples: impl Iterator<Item = Sample>) -> Option<Self> {
        let (mut weights, mut sum, mut squares, mut trusts) = (0.0, 0.0, 0.0, 0.0);
        let (mut weight_squares, mut months) = (0.0, 0);
        for Sample {
            value,
            weight,
            trust,
        } in samples
        {
            weights += weight;
            weight_squares += weight * weight;
            sum += weight * value;
            squares += weight * value * value;
            trusts += weight * trust;
            months += 1;
        }
        if weights <= 0.0 {
            return None;
        }
        let value = sum / weights;
        // Kish's effective number of months; the mean takes one, the prior brings one.
        let effective = weights * weights / weight_squares;
        let variance = (squares / weights - value * value).max(0.0);
        let pooled = variance + value * value / 4.0 / effective;
        Some(Self {
            value,
            sd: libm::sqrt(pooled / effective),
            trust: trusts / weights,
            months,
        })
    }
}

impl From<Mean> for Estimate {
    fn from(mean: Mean) -> Self {
        Self {
            value: mean.value,
            sd: mean.sd,
            trust: mean.trust,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(orders: &[f64]) -> Inputs {
        let months = orders.iter().map(|count| {
            let mut month = Month::default();
            month.add(Flow::Orders, *count, *count);
            month
        });
        Inputs {
            months: months.collect(),
            ..Inputs::default()
        }
    }

    #[test]
    fn months_decay_and_bursts_are_cut() {
        // A usual month has 10 orders: one of 1000 counts for 3 * 10 + 5.
        let mut counts = vec![10.0; 7];
        counts[6] = 1000.0;
        let inputs = inputs(&counts);
        let window = Window::at(&inputs, 6).expect("there");
        let faded: f64 = (1..7).map(|age| 10.0 * decay(age)).sum();
        assert!((window.sum(Flow::Orders, View::Raw) - 1000.0 - faded).abs() < 1e-9);
        assert!((window.sum(Flow::Orders, View::Clean) - 35.0 - faded).abs() < 1e-9);
        assert!((decay(6) - 0.5).abs() < 1e-12);
        assert!(Window::at(&inputs, 7).is_none());
    }

    #[test]
    fn mean_has_the_deviation_of_its_months_and_prior() {
        let sample = |value: f64, trust: f64| Sample {
            value,
            weight: 1.0,
            trust,
        };
        let mean = Mean::of([sample(2.0, 1.0), sample(4.0, 0.3)].into_iter()).expect("two");
        // Squares 2 of the months and 1.5^2 of the prior, over 2 and the 2 months of the mean.
        assert_eq!((mean.value, mean.months), (3.0, 2));
        assert!((mean.sd - libm::sqrt(4.25 / 2.0 / 2.0)).abs() < 1e-12);
        assert!((mean.trust - 0.65).abs() < 1e-12);
        let one = Mean::of([sample(4.0, 1.0)].into_iter()).expect("one");
        assert_eq!(one.sd, 2.0);
        assert!(Mean::of(std::iter::empty()).is_none());
    }
}
