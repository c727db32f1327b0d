//! A slope from few points.

/// The slope of `y` on `x` by ridge regression towards 0, and its standard deviation: that of the
/// residuals over the spread, and at most the prior's 1. 0 and 1 without points.
pub(super) fn slope(points: &[(f64, f64)], ridge: f64) -> (f64, f64) {
    let count = points.len() as f64;
    if points.is_empty() {
        return (0.0, 1.0);
    }
    let mean_x = points.iter().map(|point| point.0).sum::<f64>() / count;
    let mean_y = points.iter().map(|point| point.1).sum::<f64>() / count;
    let (mut xx, mut xy) = (0.0, 0.0);
    for (x, y) in points {
        xx += (x - mean_x) * (x - mean_x);
        xy += (x - mean_x) * (y - mean_y);
    }
    let slope = xy / (xx + ridge);
    let left: f64 = points
        .iter()
        .map(|(x, y)| {
            let off = y - mean_y - slope * (x - mean_x);
            off * off
        })
        .sum();
    let noise = left / (count - 2.0).max(1.0);
    // What the points leave open, the prior does: with no spread at all the slope may be anything.
    let known = xx / (xx + ridge);
    let variance = noise * xx / ((xx + ridge) * (xx + ridge)) + (1.0 - known) * (1.0 - known);
    (slope, libm::sqrt(variance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_and_nothing_is_unknown() {
        let (value, sd) = slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)], 0.0);
        assert!((value - 2.0).abs() < 1e-12 && sd < 1e-6);
        assert_eq!(slope(&[], 0.1), (0.0, 1.0));
        // No spread: the prior alone.
        assert_eq!(slope(&[(1.0, 2.0), (1.0, 4.0)], 0.1), (0.0, 1.0));
    }
}
