//! Measures of scores against labels: pure functions over slices.
//!
//! The order of rows has no influence. For tied scores a value is the mean over all orders of the
//! tied rows, in closed form (`McSherry` and Najork, ECIR 2008). It equals random tie-breaking in
//! the long run, without the noise of one draw; [`Ranking::tied_share`] gives the share of ties.
//! Input without a meaningful value (no rows, no positives, NaN) gives `None`.

mod beta_binomial;
mod bootstrap;
mod calibration;
mod correlation;
mod distributions;
mod gain;
mod logistic;
pub mod population;
mod quantiles;
mod ranking;
mod threshold;

pub use beta_binomial::BetaBinomial;
pub use bootstrap::{Bootstrap, Interval};
pub use calibration::{Calibration, ReliabilityBin, calibration, calibration_error};
pub use correlation::spearman;
pub use distributions::{normal_cdf, student_cdf, student_quantile};
pub use logistic::logistic;
pub use quantiles::{median, nearest_quantile, quantile};
pub use ranking::Ranking;
pub use threshold::OperatingPoint;

/// Returns the area under the ROC curve; see [`Ranking::auc`].
pub fn roc_auc(scores: &[f64], positives: &[bool]) -> Option<f64> {
    Ranking::new(scores, positives)?.auc()
}

/// Returns the average precision; see [`Ranking::average_precision`].
pub fn average_precision(scores: &[f64], positives: &[bool]) -> Option<f64> {
    Ranking::new(scores, positives)?.average_precision()
}

/// Standard normal quantile of a two-sided 90 % interval.
pub const QUANTILE_90: f64 = 1.644_853_626_951_472_2;
