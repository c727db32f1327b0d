//! Quantiles of samples.

/// Median of some numbers, which it sorts: the mean of the two middle ones of an even count; 0
/// without any.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let count = values.len();
    match count {
        0 => 0.0,
        _ if count % 2 == 1 => values[count / 2],
        _ => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

/// Quantile of sorted values, interpolated linearly (Hyndman and Fan, 1996, type 7).
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let position = share * (sorted.len().checked_sub(1)?) as f64;
    let below = *sorted.get(position.floor() as usize)?;
    let above = *sorted.get(position.ceil() as usize)?;
    Some(below + (above - below) * (position - position.floor()))
}

/// Quantile of sorted values: the nearest of them, for ends of intervals from draws.
pub fn nearest_quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().saturating_sub(1) as f64;
    sorted.get((share * last).round() as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_linearly() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn nearest_quantiles_are_values() {
        assert_eq!(nearest_quantile(&[1.0, 2.0, 4.0], 0.7), Some(2.0));
        assert_eq!(nearest_quantile(&[1.0, 2.0, 4.0], 0.8), Some(4.0));
        assert_eq!(nearest_quantile(&[], 0.5), None);
    }

    #[test]
    fn median_of_an_even_count_is_the_mean_of_the_middle() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0]), 2.5);
        assert_eq!(median(&mut []), 0.0);
    }
}
