//! Rank correlation of two scores.

/// Returns Spearman's rank correlation (1904), -1 to 1: Pearson's correlation of ranks, with mean
/// ranks for ties. `None` below two rows, for unequal lengths, for NaN, or if all values of one
/// side are equal.
pub fn spearman(left: &[f64], right: &[f64]) -> Option<f64> {
    if left.len() != right.len() || left.len() < 2 {
        return None;
    }
    let (left, right) = (doubled_ranks(left)?, doubled_ranks(right)?);
    // Doubled ranks are integers with the mean n + 1, so the sums are exact.
    let mean = left.len() as i128 + 1;
    let (mut both, mut of_left, mut of_right) = (0_i128, 0_i128, 0_i128);
    for (a, b) in left.iter().zip(&right) {
        let (a, b) = (i128::from(*a) - mean, i128::from(*b) - mean);
        both += a * b;
        of_left += a * a;
        of_right += b * b;
    }
    let scale = (of_left as f64 * of_right as f64).sqrt();
    (scale > 0.0).then(|| (both as f64 / scale).clamp(-1.0, 1.0))
}

/// Returns twice the rank from 1 of each value, with mean ranks for ties.
fn doubled_ranks(values: &[f64]) -> Option<Vec<u64>> {
    if values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let key = |row: usize| values[row] + 0.0;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| key(*a).total_cmp(&key(*b)));
    let mut ranks = vec![0; values.len()];
    let mut before = 0_u64;
    for group in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let size = group.len() as u64;
        for row in group {
            ranks[*row] = 2 * before + size + 1;
        }
        before += size;
    }
    Some(ranks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn correlation_matches_values_by_hand() {
        // Ranks 1 2 3 4 against 2 1 4 3: 1 - 6 * 4 / (4 * 15).
        let correlation = spearman(&[1.0, 2.0, 3.0, 4.0], &[20.0, 10.0, 40.0, 30.0]).unwrap();
        assert!((correlation - 0.6).abs() < 1e-12);
        // Ranks 1.5 1.5 3 against 1 2 3.
        let correlation = spearman(&[0.0, -0.0, 1.0], &[1.0, 2.0, 3.0]).unwrap();
        assert!((correlation - 0.75_f64.sqrt()).abs() < 1e-12);
        assert_eq!(spearman(&[1.0, 2.0], &[5.0, 4.0]), Some(-1.0));
    }

    #[test]
    fn values_without_order_give_none() {
        assert_eq!(spearman(&[], &[]), None);
        assert_eq!(spearman(&[1.0], &[1.0]), None);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[1.0, f64::NAN], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[1.0, 2.0], &[1.0]), None);
    }

    proptest! {
        #[test]
        fn correlation_depends_on_ranks_only(rows in prop::collection::vec((-9..9_i32, -9..9_i32), 2..60)) {
            let measure = |rows: &[(f64, f64)]| {
                let (a, b): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
                spearman(&a, &b)
            };
            let rows: Vec<(f64, f64)> =
                rows.iter().map(|(a, b)| (f64::from(*a), f64::from(*b))).collect();
            let moved: Vec<_> =
                rows.iter().rev().map(|(a, b)| (b * 3.0 + 1.0, libm::exp(*a))).collect();
            prop_assert_eq!(measure(&rows), measure(&moved));
        }
    }
}
