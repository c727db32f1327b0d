//! Normalised discounted cumulative gain.

use super::Ranking;

impl Ranking {
    /// Returns the normalised discounted cumulative gain of the first `k` ranks, with gain 1 for a
    /// positive row (Järvelin and Kekäläinen, ACM TOIS 2002; discount `1 / log2(1 + rank)`). Ties
    /// are averaged over their orders. 0 to 1; 1 if positives fill the ranks. `None` without a
    /// positive row or for `k` = 0.
    pub fn ndcg(&self, k: usize) -> Option<f64> {
        let k = k.min(self.rows()) as u64;
        let (mut place, mut gained, mut positives) = (0_u64, 0.0, 0_u64);
        for group in self.tie_groups(None) {
            let size = group.positives + group.negatives;
            let expected = group.positives as f64 / size as f64;
            let inside = size.min(k.saturating_sub(place));
            gained += expected * discounts(place, inside);
            place += size;
            positives += group.positives;
        }
        let best = discounts(0, positives.min(k));
        (best > 0.0).then(|| gained / best)
    }
}

/// Returns the sum of the discounts of `count` ranks after the first `from`.
fn discounts(from: u64, count: u64) -> f64 {
    (from..from + count)
        .map(|place| 1.0 / libm::log2(place as f64 + 2.0))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ndcg(scores: &[f64], labels: &[bool], k: usize) -> Option<f64> {
        Ranking::new(scores, labels)?.ndcg(k)
    }

    #[test]
    fn gain_matches_values_by_hand() {
        let labels = [true, false, true, false];
        // Positives are at ranks 1 and 3; the best order has them at 1 and 2.
        let (second, third) = (1.0 / libm::log2(3.0), 0.5);
        let value = ndcg(&[4.0, 3.0, 2.0, 1.0], &labels, 3).unwrap();
        assert!((value - (1.0 + third) / (1.0 + second)).abs() < 1e-12);
        assert_eq!(ndcg(&[4.0, 3.0, 2.0, 1.0], &labels, 1), Some(1.0));
        assert_eq!(ndcg(&[4.0, 1.0, 3.0, 2.0], &labels, 9), Some(1.0));
        // All rows are tied, so each rank counts one half.
        let tied = ndcg(&[1.0; 4], &labels, 2).unwrap();
        assert!((tied - 0.5).abs() < 1e-12);
    }

    #[test]
    fn no_positive_row_gives_none() {
        assert_eq!(ndcg(&[1.0, 2.0], &[false, false], 2), None);
        assert_eq!(ndcg(&[1.0], &[true], 0), None);
        assert_eq!(ndcg(&[1.0], &[true], usize::MAX), Some(1.0));
    }
}
