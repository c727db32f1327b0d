//! Calibration of probabilities.

/// Rows with probabilities in one range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReliabilityBin {
    /// Lower end, included.
    pub low: f64,
    /// Upper end, excluded except for 1.
    pub high: f64,
    /// Rows in it, at least 1.
    pub rows: u64,
    /// Mean probability of its rows.
    pub mean_probability: f64,
    /// Share of its rows that are positive.
    pub positive_share: f64,
}

/// Calibration error and its bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Expected calibration error, 0 to 1: the mean over rows of `|mean probability - share of
    /// positives|` of the row's bin (Naeini, Cooper and Hauskrecht, AAAI 2015; Guo et al., ICML
    /// 2017).
    pub error: f64,
    /// Bins of equal width from 0 up, without empty ones.
    pub bins: Vec<ReliabilityBin>,
}

/// Compares probabilities with labels in `bins` ranges of equal width. `None` without rows or bins,
/// for different lengths, or for a value that is no probability.
pub fn calibration(probabilities: &[f64], positives: &[bool], bins: usize) -> Option<Calibration> {
    if probabilities.is_empty()
        || probabilities.len() != positives.len()
        || !(1..=10_000).contains(&bins)
        || !probabilities.iter().all(|p| (0.0..=1.0).contains(p))
    {
        return None;
    }
    let mut members = vec![Vec::new(); bins];
    for (probability, positive) in probabilities.iter().zip(positives) {
        let bin = ((probability * bins as f64) as usize).min(bins - 1);
        members[bin].push((*probability, *positive));
    }
    let table: Vec<ReliabilityBin> = members
        .iter_mut()
        .enumerate()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(bin, rows)| {
            // Summed in order of size, so that the order of rows has no influence.
            rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            let count = rows.len() as f64;
            ReliabilityBin {
                low: bin as f64 / bins as f64,
                high: (bin + 1) as f64 / bins as f64,
                rows: rows.len() as u64,
                mean_probability: rows.iter().map(|row| row.0).sum::<f64>() / count,
                positive_share: rows.iter().filter(|row| row.1).count() as f64 / count,
            }
        })
        .collect();
    let error = table
        .iter()
        .map(|bin| bin.rows as f64 * (bin.mean_probability - bin.positive_share).abs())
        .sum::<f64>()
        / probabilities.len() as f64;
    Some(Calibration { error, bins: table })
}

/// Returns the error of a sample with `times` copies of each row. `None` as for [`calibration`],
/// and for an empty sample.
pub fn calibration_error(
    probabilities: &[f64],
    positives: &[bool],
    times: &[u32],
    bins: usize,
) -> Option<f64> {
    if probabilities.len() != positives.len()
        || probabilities.len() != times.len()
        || !(1..=10_000).contains(&bins)
        || !probabilities.iter().all(|p| (0.0..=1.0).contains(p))
    {
        return None;
    }
    // Positives minus probabilities.
    let mut gaps = vec![0.0; bins];
    let mut all = 0_u64;
    for ((probability, positive), times) in probabilities.iter().zip(positives).zip(times) {
        let bin = ((probability * bins as f64) as usize).min(bins - 1);
        gaps[bin] += f64::from(*times) * (f64::from(u8::from(*positive)) - probability);
        all += u64::from(*times);
    }
    let sum: f64 = gaps.iter().map(|gap| gap.abs()).sum();
    (all > 0).then(|| sum / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn calibration_error_matches_values_by_hand() {
        let probabilities = [0.1, 0.3, 0.9, 1.0];
        let labels = [false, true, true, true];
        let calibration_of_rows = calibration(&probabilities, &labels, 2).unwrap();
        assert_eq!(calibration_of_rows.bins.len(), 2);
        assert_eq!(
            (
                calibration_of_rows.bins[0].rows,
                calibration_of_rows.bins[1].rows
            ),
            (2, 2)
        );
        assert!((calibration_of_rows.bins[0].mean_probability - 0.2).abs() < 1e-12);
        assert_eq!(calibration_of_rows.bins[0].positive_share, 0.5);
        // The bins have gaps of 0.3 and 0.05, and half of the rows each.
        assert!((calibration_of_rows.error - 0.175).abs() < 1e-12);
        let error = |times: &[u32]| calibration_error(&probabilities, &labels, times, 2).unwrap();
        assert!((error(&[1; 4]) - 0.175).abs() < 1e-12);
        assert!((error(&[0, 0, 3, 0]) - 0.1).abs() < 1e-12);
        assert_eq!(calibration_error(&probabilities, &labels, &[0; 4], 2), None);
    }

    #[test]
    fn invalid_probabilities_give_none() {
        for wrong in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            assert_eq!(calibration(&[wrong], &[true], 10), None);
        }
        assert_eq!(calibration(&[], &[], 10), None);
        assert_eq!(calibration(&[0.5], &[], 10), None);
        assert_eq!(calibration(&[0.5], &[true], 0), None);
        assert_eq!(calibration(&[0.5], &[true], usize::MAX), None);
    }

    proptest! {
        #[test]
        fn calibration_does_not_depend_on_row_order(
            rows in prop::collection::vec((0.0..=1.0_f64, any::<bool>()), 1..50),
            bins in 1..20_usize,
        ) {
            let measure = |rows: &[(f64, bool)]| {
                let (p, l): (Vec<f64>, Vec<bool>) = rows.iter().copied().unzip();
                calibration(&p, &l, bins)
            };
            let reversed: Vec<_> = rows.iter().rev().copied().collect();
            let calibration_of_rows = measure(&rows);
            prop_assert_eq!(&calibration_of_rows, &measure(&reversed));
            let calibration_of_rows = calibration_of_rows.unwrap();
            prop_assert!((0.0..=1.0).contains(&calibration_of_rows.error));
            prop_assert_eq!(calibration_of_rows.bins.iter().map(|b| b.rows).sum::<u64>(), rows.len() as u64);
        }
    }
}
