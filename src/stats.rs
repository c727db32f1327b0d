//! Measures of scores against labels: pure functions over slices.
//!
//! The place of a row never counts. Where scores are tied, the value is the mean over all orders
//! of the tied rows, in closed form (`McSherry` and Najork, ECIR 2008), which is what breaking ties
//! at random gives in the long run, without the noise of one draw; [`Ranking::tied_share`] says how
//! much is tied. Input that gives no meaningful value (no rows, no positives, a score that is not
//! a number) gives `None`.

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

pub use bootstrap::{Bootstrap, Interval};
pub use calibration::{Calibration, ReliabilityBin, calibration, calibration_error};
pub use correlation::spearman;
pub use distributions::{normal_cdf, student_cdf, student_quantile};
pub use logistic::logistic;
pub use quantiles::{median, nearest_quantile, quantile};
pub use ranking::Ranking;
pub use threshold::OperatingPoint;

/// Area under the ROC curve; see [`Ranking::auc`].
pub fn roc_auc(scores: &[f64], positives: &[bool]) -> Option<f64> {
    Ranking::new(scores, positives)?.auc()
}

/// Average precision; see [`Ranking::average_precision`].
pub fn average_precision(scores: &[f64], positives: &[bool]) -> Option<f64> {
    Ranking::new(scores, positives)?.average_precision()
}

/// Standard normal quantile of a two-sided 90 % interval.
pub const QUANTILE_90: f64 = 1.644_853_626_951_472_2;
