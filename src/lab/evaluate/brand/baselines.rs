//! Baselines of brand progress.

use nalgebra::{SMatrix, SVector};

use super::walk::MonthEnd;
use crate::stats::logistic;

/// Names, in the order of [`scores`].
pub(super) const NAMES: [&str; 4] = [
    "mean_rating",
    "review_count",
    "last_three_months_sales",
    "logistic_regression",
];
/// Intercept, rating, reviews, orders.
const INPUTS: usize = 4;
/// Ridge on the three slopes, against separation.
const RIDGE: f64 = 1.0;
/// Newton's steps at most.
const STEPS: usize = 50;
/// Fewest rows of either class.
const CLASS_LEAST: usize = 20;
/// Assumed rating of a seller without reviews, about the mean of marketplaces.
const RATING_USUAL: f64 = 4.1;

/// Facts about a seller at the end of a month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Facts {
    /// Sum of all stars.
    pub stars: u32,
    /// Reviews.
    pub reviews: u32,
    /// Orders of the last three months.
    pub last_three: u32,
}

impl Facts {
    pub(super) fn add_rating(&mut self, stars: u8) {
        self.stars += u32::from(stars);
        self.reviews += 1;
    }

    pub(super) fn rating(&self) -> f64 {
        if self.reviews == 0 {
            return RATING_USUAL;
        }
        f64::from(self.stars) / f64::from(self.reviews)
    }

    /// Returns the inputs; counts enter by their logs, which fit better.
    fn inputs(&self) -> SVector<f64, INPUTS> {
        SVector::from([
            1.0,
            self.rating() - RATING_USUAL,
            libm::log1p(f64::from(self.reviews)),
            libm::log1p(f64::from(self.last_three)),
        ])
    }
}

/// Returns the scores of all baselines for a target: 0 survival, 1 growth.
pub(super) fn scores(month: &MonthEnd, target: usize) -> [Vec<f64>; 4] {
    let of = |fact: fn(&Facts) -> f64| month.facts.iter().map(fact).collect();
    [
        of(Facts::rating),
        of(|facts| f64::from(facts.reviews)),
        of(|facts| f64::from(facts.last_three)),
        month.logistic[target].clone(),
    ]
}

/// Predicts survival, and growth above the median of the past, by regressions on past months alone.
/// `None` if the past has too few rows.
pub(super) fn predictions(past: &[MonthEnd], now: &MonthEnd) -> Option<[Vec<f64>; 2]> {
    let (mut inputs, mut survived, mut grew) = (Vec::new(), Vec::new(), Vec::new());
    for month in past {
        let growth: Vec<f64> = (0..month.sellers.len())
            .map(|at| month.growth(at))
            .collect();
        let mut sorted = growth.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        for (at, growth) in growth.into_iter().enumerate() {
            inputs.push(month.facts[at].inputs());
            survived.push(month.after[at] > 0);
            grew.push(growth > median || (growth == median && growth.is_finite()));
        }
    }
    let of = |target: &[bool]| {
        let weights = fit(&inputs, target)?;
        let log_odds = now.facts.iter().map(|facts| weights.dot(&facts.inputs()));
        Some(log_odds.collect::<Vec<f64>>())
    };
    Some([of(&survived)?, of(&grew)?])
}

/// Fits a ridge logistic regression by Newton's method.
fn fit(inputs: &[SVector<f64, INPUTS>], target: &[bool]) -> Option<SVector<f64, INPUTS>> {
    let positives = target.iter().filter(|one| **one).count();
    if positives < CLASS_LEAST || target.len() - positives < CLASS_LEAST {
        return None;
    }
    let mut weights = SVector::<f64, INPUTS>::zeros();
    for _ in 0..STEPS {
        let mut gradient = -weights * RIDGE;
        let mut curvature = SMatrix::<f64, INPUTS, INPUTS>::identity() * RIDGE;
        gradient[0] = 0.0;
        curvature[(0, 0)] = 1e-9;
        for (row, hit) in inputs.iter().zip(target) {
            let share = logistic(weights.dot(row));
            gradient += row * (f64::from(u8::from(*hit)) - share);
            curvature += row * row.transpose() * (share * (1.0 - share));
        }
        let step = curvature.cholesky()?.solve(&gradient);
        weights += step;
        if step.amax() < 1e-9 {
            break;
        }
    }
    weights
        .iter()
        .all(|weight| weight.is_finite())
        .then_some(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(stars: u32, reviews: u32, last_three: u32) -> Facts {
        Facts {
            stars,
            reviews,
            last_three,
        }
    }

    #[test]
    fn regression_without_slopes_predicts_the_share() {
        // The inputs are all the same, so the intercept is the log-odds of 30 in 40.
        let inputs = vec![facts(0, 0, 0).inputs(); 80];
        let target: Vec<bool> = (0..80).map(|n| n % 4 != 0).collect();
        let weights = fit(&inputs, &target).unwrap();
        assert!((weights[0] - libm::log(3.0)).abs() < 1e-6, "{weights:?}");
        assert!(weights[1].abs() < 1e-9 && weights[3].abs() < 1e-9);
    }

    #[test]
    fn regression_finds_the_sign_of_a_slope() {
        let inputs: Vec<_> = (0..100).map(|n| facts(5, 1, n % 10).inputs()).collect();
        let target: Vec<bool> = (0..100).map(|n| n % 10 + (n / 10) % 3 > 5).collect();
        let weights = fit(&inputs, &target).unwrap();
        assert!(weights[3] > 0.5, "{weights:?}");
        // Rows of one class cannot be separated.
        assert!(fit(&inputs, &[true; 100]).is_none());
    }
}
