//! Estimates a slope from few monthly points.

use std::ops::RangeInclusive;

use super::measure::Estimate;

/// Fewest months.
const MONTHS_LEAST: usize = 6;

/// Logs of two quantities in one month.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    /// Trust in the provenance of the less trusted one.
    pub(super) trust: f64,
}

/// The slope of `y` on `x` within a range; none below six months.
pub(super) fn elasticity(
    points: &[Point],
    ridge: f64,
    range: RangeInclusive<f64>,
) -> Option<Estimate> {
    let trust = points.iter().map(|point| point.trust).sum::<f64>() / points.len() as f64;
    let (slope, sd) = slope(points, ridge);
    (points.len() >= MONTHS_LEAST).then(|| Estimate {
        value: slope.clamp(*range.start(), *range.end()),
        sd,
        trust,
    })
}

/// The slope of `y` on `x` by ridge regression towards 0, and its standard deviation. The latter is
/// that of the residuals over the spread, and at most the prior's 1. 0 and 1 without points.
fn slope(points: &[Point], ridge: f64) -> (f64, f64) {
    let count = points.len() as f64;
    if points.is_empty() {
        return (0.0, 1.0);
    }
    let mean_x = points.iter().map(|point| point.x).sum::<f64>() / count;
    let mean_y = points.iter().map(|point| point.y).sum::<f64>() / count;
    let (mut xx, mut xy) = (0.0, 0.0);
    for point in points {
        xx += (point.x - mean_x) * (point.x - mean_x);
        xy += (point.x - mean_x) * (point.y - mean_y);
    }
    let slope = xy / (xx + ridge);
    let residuals = points.iter().map(|point| {
        let off = point.y - mean_y - slope * (point.x - mean_x);
        off * off
    });
    let noise = residuals.sum::<f64>() / (count - 2.0).max(1.0);
    // Uncertainty that the points leave is the prior's: without spread the slope may be anything.
    let known = xx / (xx + ridge);
    let variance = noise * xx / ((xx + ridge) * (xx + ridge)) + (1.0 - known) * (1.0 - known);
    (slope, libm::sqrt(variance))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(points: &[(f64, f64)]) -> Vec<Point> {
        let point = |&(x, y): &(f64, f64)| Point { x, y, trust: 1.0 };
        points.iter().map(point).collect()
    }

    #[test]
    fn line_is_found_and_missing_spread_leaves_the_prior() {
        let (value, sd) = slope(&points(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]), 0.0);
        assert!((value - 2.0).abs() < 1e-12 && sd < 1e-6);
        assert_eq!(slope(&[], 0.1), (0.0, 1.0));
        // No spread: the prior alone.
        assert_eq!(slope(&points(&[(1.0, 2.0), (1.0, 4.0)]), 0.1), (0.0, 1.0));
    }
}
