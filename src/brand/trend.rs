//! Estimates level, slope and breaks of a monthly figure.
//!
//! The model is a local linear trend (Harvey, Forecasting, Structural Time Series Models and the
//! Kalman Filter, 1989, section 2.3): the observation is the level plus noise, the level moves by the
//! slope plus noise, and the slope wanders. The two ratios of variances are those of the highest
//! diffuse likelihood on a small fixed grid. The grid leaves out zero: the likelihood of a short
//! series piles up there (Shephard and Harvey, 1990), and every slope would be certain. The common
//! scale is estimated with two degrees of freedom less for the diffuse elements. Intervals are
//! Student's, so they are wide for short series. Missing months only predict.

mod breaks;
mod filter;
#[cfg(test)]
mod tests;

pub use breaks::{BreakKind, ChangePoint};

use crate::stats::{student_cdf, student_quantile};
use filter::{Pass, Ratios};

/// Fewest months with a value: two fix the line, the third its error.
const MONTHS_LEAST: usize = 3;
/// Most months back from the last; older ones are left out.
const MONTHS_MOST: usize = 240;
/// Variance of the level's own steps, as a multiple of the noise.
const LEVEL_RATIOS: [f64; 5] = [0.01, 0.05, 0.2, 1.0, 5.0];
/// Variance of the slope's steps.
const SLOPE_RATIOS: [f64; 3] = [0.0001, 0.003, 0.05];

/// A change with its 90 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The level now minus the level then.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The trend of a monthly figure, as of the last month of the series.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// Smoothed level.
    pub level: f64,
    /// Its standard deviation.
    pub level_sd: f64,
    /// Change a month.
    pub slope: f64,
    /// Its standard deviation.
    pub slope_sd: f64,
    /// Lower end of the 90 % interval of the slope.
    pub slope_low: f64,
    /// Upper end.
    pub slope_high: f64,
    /// Probability that the slope is above 0.
    pub rising: f64,
    /// Over 3 months; none where the series is younger.
    pub change_3: Option<Change>,
    /// Over 12 months.
    pub change_12: Option<Change>,
    /// Months in which level or slope broke, oldest first.
    pub change_points: Vec<ChangePoint>,
    /// Months that had a value.
    pub months: usize,
}

/// The trend of monthly values, oldest first, none for a month without one. `noise` is the least
/// standard deviation of an observation, in the values' unit and above 0: without it equal values
/// would claim certainty. None below three months with a value. Values that are not finite count as
/// missing.
pub(super) fn trend(values: &[Option<f64>], noise: f64) -> Option<Trend> {
    let dropped = values.len().saturating_sub(MONTHS_MOST);
    let finite: Vec<Option<f64>> = values[dropped..]
        .iter()
        .map(|value| value.filter(|value| value.is_finite()))
        .collect();
    let first = finite.iter().position(Option::is_some)?;
    let months = finite.iter().flatten().count();
    if months < MONTHS_LEAST || !(noise.is_finite() && noise > 0.0) {
        return None;
    }
    let pass = likeliest(&finite[first..])?;
    let degrees = (months - 2) as u32;
    let scale = libm::sqrt(pass.scale().max(noise * noise));
    let half_width = student_quantile(0.95, degrees) * scale;
    let smoothed = pass.smooth();
    let last = smoothed.last()?;
    let slope = last.mean[1];
    let slope_sd = scale * libm::sqrt(last.variance[1][1].max(0.0));
    let change = |back: usize| {
        let (value, variance) = smoothed.change(back)?;
        let half = half_width * libm::sqrt(variance);
        Some(Change {
            value,
            low: value - half,
            high: value + half,
        })
    };
    let mut change_points = breaks::change_points(&pass, scale);
    for point in &mut change_points {
        point.month += dropped + first;
    }
    let trend = Trend {
        level: last.mean[0],
        level_sd: scale * libm::sqrt(last.variance[0][0].max(0.0)),
        slope,
        slope_sd,
        slope_low: slope - half_width / scale * slope_sd,
        slope_high: slope + half_width / scale * slope_sd,
        rising: student_cdf(slope / slope_sd, degrees),
        change_3: change(3),
        change_12: change(12),
        change_points,
        months,
    };
    (trend.level.is_finite() && trend.slope_sd > 0.0 && trend.rising.is_finite()).then_some(trend)
}

/// The pass of the highest likelihood; of equal ones the smoothest.
fn likeliest(series: &[Option<f64>]) -> Option<Pass> {
    let mut best: Option<(f64, Pass)> = None;
    for level in LEVEL_RATIOS {
        for slope in SLOPE_RATIOS {
            let pass = Pass::run(series, Ratios { level, slope });
            let likelihood = pass.log_likelihood();
            if best.as_ref().is_none_or(|(most, _)| likelihood > *most) {
                best = Some((likelihood, pass));
            }
        }
    }
    best.map(|(_, pass)| pass)
}
