//! Discounted gain of the first places.

use super::Ranking;

impl Ranking {
    /// Normalised discounted cumulative gain of the first `k` places, a positive row being worth 1
    /// (Järvelin and Kekäläinen, ACM TOIS 2002; discount `1 / log2(1 + place)`), ties averaged
    /// over their orders. 0 to 1; 1 when positives fill the places. `None` without a positive row
    /// or for `k` = 0.
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

/// Sum of the discounts of the `count` places behind the first `from`.
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
    fn worked_by_hand() {
        let labels = [true, false, true, false];
        // Hits at places 1 and 3; the best order has them at 1 and 2.
        let (second, third) = (1.0 / libm::log2(3.0), 0.5);
        let value = ndcg(&[4.0, 3.0, 2.0, 1.0], &labels, 3).unwrap();
        assert!((value - (1.0 + third) / (1.0 + second)).abs() < 1e-12);
        assert_eq!(ndcg(&[4.0, 3.0, 2.0, 1.0], &labels, 1), Some(1.0));
        assert_eq!(ndcg(&[4.0, 1.0, 3.0, 2.0], &labels, 9), Some(1.0));
        // All tied: one half everywhere.
        let tied = ndcg(&[1.0; 4], &labels, 2).unwrap();
        assert!((tied - 0.5).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_gain_gives_none() {
        assert_eq!(ndcg(&[1.0, 2.0], &[false, false], 2), None);
        assert_eq!(ndcg(&[1.0], &[true], 0), None);
        assert_eq!(ndcg(&[1.0], &[true], usize::MAX), Some(1.0));
    }
}
