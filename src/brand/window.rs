//! Months summed with decay, as of the end of one of them.

use std::sync::LazyLock;

use super::inputs::{FIRST_REVIEW_FLOW, FLOWS, Flow, Inputs, Metric, Month, Spread};
use super::measure::{View, beta_share};

/// Months that a window looks back.
pub const WINDOW: usize = 24;
/// Months after which a month counts half.
const HALF_LIFE: f64 = 6.0;
/// How many usual months one month may speak for in clean data, and how much more, so that a few
/// orders in a month are not a burst: no burst decides how a seller stands.
const MONTHS_SPOKEN_FOR: f64 = 3.0;
const BURST_FREE: f64 = 5.0;

/// The months that a measure looks at, and their decayed sums.
#[derive(Clone, Debug)]
pub struct Window<'a> {
    /// All that is known.
    pub inputs: &'a Inputs,
    /// Place of the last month.
    pub last: usize,
    /// Decayed sums by [`Flow`].
    sums: [[f64; 2]; FLOWS],
    /// What is left of each month's clean orders after its burst is cut, from the window's start.
    cuts: Vec<f64>,
}

/// What the months of a window count for, by age: asked for some thousand times a seller.
static DECAYS: LazyLock<[f64; WINDOW]> =
    LazyLock::new(|| std::array::from_fn(|age| libm::exp2(-(age as f64) / HALF_LIFE)));

/// What a month counts for after some months; nothing beyond the window.
fn decay(age: usize) -> f64 {
    DECAYS.get(age).copied().unwrap_or(0.0)
}

/// The middle of some numbers, which it sorts; 0 without any.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let count = values.len();
    match count {
        0 => 0.0,
        _ if count % 2 == 1 => values[count / 2],
        _ => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

/// What is left of each month so that none speaks for more than its share.
fn cuts(months: &[Month], flow: Flow) -> Vec<f64> {
    let counts: Vec<f64> = months
        .iter()
        .map(|month| month.flow(flow, View::Clean))
        .collect();
    let first = counts.iter().position(|count| *count > 0.0).unwrap_or(0);
    let usual = median(&mut counts[first..].to_vec());
    let most = MONTHS_SPOKEN_FOR * usual + BURST_FREE;
    let left = |count: &f64| if *count > most { most / count } else { 1.0 };
    counts.iter().map(left).collect()
}

impl<'a> Window<'a> {
    /// The window that ends with a month; none where there is no such month.
    pub fn at(inputs: &'a Inputs, last: usize) -> Option<Self> {
        let start = (last + 1).saturating_sub(WINDOW);
        let months = inputs.months.get(start..=last)?;
        let orders = cuts(months, Flow::Orders);
        let reviews = cuts(months, Flow::Reviews);
        let mut sums = [[0.0; 2]; FLOWS];
        for (place, month) in months.iter().enumerate() {
            let weight = decay(last - start - place);
            for (flow, (sum, add)) in sums.iter_mut().zip(&month.flows).enumerate() {
                let cut = if flow >= FIRST_REVIEW_FLOW {
                    reviews[place]
                } else {
                    orders[place]
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

    /// A decayed sum.
    pub const fn sum(&self, flow: Flow, view: View) -> f64 {
        self.sums[flow as usize][view as usize]
    }

    /// One decayed sum as a share of another, shrunk towards a share that counts for so many: mean and
    /// standard deviation of the posterior. None where there is nothing to share.
    pub fn share(
        &self,
        (hits, all): (Flow, Flow),
        view: View,
        (prior, strength): (f64, f64),
    ) -> Option<(f64, f64)> {
        let all = self.sum(all, view);
        let hits = self.sum(hits, view).min(all);
        (all > 0.0).then(|| beta_share(hits, all, prior, strength))
    }

    /// The months, oldest first.
    pub fn months(&self) -> &'a [Month] {
        let start = self.last + 1 - self.cuts.len();
        self.inputs.months.get(start..=self.last).unwrap_or(&[])
    }

    /// Months with what they count for, oldest first.
    pub fn weighted(&self) -> impl Iterator<Item = (&'a Month, f64)> {
        let months = self.months();
        let count = months.len();
        let weighted = months.iter().enumerate();
        weighted.map(move |(place, month)| (month, decay(count - 1 - place)))
    }

    /// A metric's decayed mean over the months that have it: value, standard deviation of the mean
    /// from month to month, how far it is vouched for, and months.
    pub fn mean(&self, metric: Metric, view: View) -> Option<Mean> {
        Mean::of(self.weighted().filter_map(|(month, weight)| {
            let (value, vouched) = month.metric(metric, view)?;
            Some((value, weight, vouched))
        }))
    }

    /// Decayed weights by key of a spread.
    pub fn spread(&self, spread: &Spread, view: View) -> Vec<f64> {
        let mut weights = vec![0.0; spread.keys];
        let start = self.last + 1 - self.cuts.len();
        for (month, key, cell) in &spread.cells {
            let month = usize::from(*month);
            if (start..=self.last).contains(&month)
                && let Some(sum) = weights.get_mut(*key as usize)
            {
                let cut = match view {
                    View::Raw => 1.0,
                    View::Clean => self.cuts.get(month - start).copied().unwrap_or(1.0),
                };
                *sum += decay(self.last - month) * cut * cell[view as usize];
            }
        }
        weights
    }
}

/// A mean over months.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Its standard deviation, from how months differ; a prior by which they differ by half of the
    /// value counts for one month, so that a single month is off by half, and equal ones not by nothing.
    pub sd: f64,
    /// How far the months are vouched for, the mean.
    pub vouched: f64,
    /// Months that have a value.
    pub months: usize,
}

impl Mean {
    /// The mean of values with weights and with how far each is vouched for.
    pub fn of(items: impl Iterator<Item = (f64, f64, f64)>) -> Option<Self> {
        let (mut weight, mut sum, mut squares, mut vouched) = (0.0, 0.0, 0.0, 0.0);
        let (mut weight_squares, mut months) = (0.0, 0);
        for (value, times, trust) in items {
            weight += times;
            weight_squares += times * times;
            sum += times * value;
            squares += times * value * value;
            vouched += times * trust;
            months += 1;
        }
        if weight <= 0.0 {
            return None;
        }
        let value = sum / weight;
        // Kish's effective number of months; the mean takes one, the prior brings one.
        let effective = weight * weight / weight_squares;
        let variance = (squares / weight - value * value).max(0.0);
        let pooled = variance + value * value / 4.0 / effective;
        let sd = libm::sqrt(pooled / effective);
        Some(Self {
            value,
            sd,
            vouched: vouched / weight,
            months,
        })
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
    fn months_fade_and_bursts_are_cut() {
        // A usual month has 10 orders: one of 1000 speaks for 3 * 10 + 5.
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
    fn a_mean_says_how_sure_it_is() {
        let items = [(2.0, 1.0, 1.0), (4.0, 1.0, 0.3)];
        let mean = Mean::of(items.into_iter()).expect("two");
        // Squares 2 of the months and 1.5^2 of the prior, over 2 and the 2 months of the mean.
        assert_eq!((mean.value, mean.months), (3.0, 2));
        assert!((mean.sd - libm::sqrt(4.25 / 2.0 / 2.0)).abs() < 1e-12);
        assert!((mean.vouched - 0.65).abs() < 1e-12);
        let one = Mean::of([(4.0, 1.0, 1.0)].into_iter()).expect("one");
        assert_eq!(one.sd, 2.0);
        assert!(Mean::of(std::iter::empty()).is_none());
    }
}
