//! Operating points of thresholds.

use super::Ranking;

/// Figures of flagging every row from a score on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatingPoint {
    /// Lowest flagged score; infinite if nothing is flagged.
    pub threshold: f64,
    /// Flagged rows.
    pub flagged: u64,
    /// Share of positives among the flagged rows; `None` if nothing is flagged.
    pub precision: Option<f64>,
    /// Share of flagged rows among the positives, 0 to 1.
    pub recall: f64,
    /// Share of flagged rows among the negatives, 0 to 1.
    pub false_positive_rate: f64,
}

impl Ranking {
    /// Returns the lowest threshold that flags at most the given share of the negatives, 0 to 1.
    /// Tied rows are flagged together or not at all, because a threshold cannot separate them.
    /// `None` without a row of each label, or for a rate that is no share.
    pub fn at_false_positive_rate(&self, rate: f64) -> Option<OperatingPoint> {
        let (positives, negatives) = self.tie_groups(None).fold((0, 0), |(p, n), group| {
            (p + group.positives, n + group.negatives)
        });
        if positives == 0 || negatives == 0 || !(0.0..=1.0).contains(&rate) {
            return None;
        }
        // A share of rows that is a whole number except for rounding allows that number.
        let allowed = (rate * negatives as f64 + 1e-9).floor() as u64;
        let (mut threshold, mut hits, mut misses) = (f64::INFINITY, 0, 0);
        for group in self.tie_groups(None) {
            if misses + group.negatives > allowed {
                break;
            }
            threshold = group.score;
            hits += group.positives;
            misses += group.negatives;
        }
        let flagged = hits + misses;
        Some(OperatingPoint {
            threshold,
            flagged,
            precision: (flagged > 0).then(|| hits as f64 / flagged as f64),
            recall: hits as f64 / positives as f64,
            false_positive_rate: misses as f64 / negatives as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operating_point_matches_values_by_hand() {
        let scores = [9.0, 8.0, 7.0, 7.0, 6.0, 5.0, 4.0];
        let labels = [true, false, true, false, true, false, false];
        let ranking = Ranking::new(&scores, &labels).unwrap();
        let point = ranking.at_false_positive_rate(0.25).unwrap();
        assert_eq!((point.threshold, point.flagged), (8.0, 2));
        assert_eq!(point.precision, Some(0.5));
        assert_eq!((point.recall, point.false_positive_rate), (1.0 / 3.0, 0.25));
        let point = ranking.at_false_positive_rate(0.5).unwrap();
        assert_eq!((point.threshold, point.recall), (6.0, 1.0));
        let point = ranking.at_false_positive_rate(0.0).unwrap();
        assert_eq!((point.threshold, point.precision), (9.0, Some(1.0)));
    }

    #[test]
    fn nothing_flagged_has_no_precision() {
        let ranking = Ranking::new(&[2.0, 1.0], &[false, true]).unwrap();
        let point = ranking.at_false_positive_rate(0.5).unwrap();
        assert_eq!((point.flagged, point.precision), (0, None));
        assert_eq!((point.recall, point.threshold), (0.0, f64::INFINITY));
        for rate in [-0.1, 1.1, f64::NAN] {
            assert_eq!(ranking.at_false_positive_rate(rate), None);
        }
        let one_kind = Ranking::new(&[2.0, 1.0], &[true, true]).unwrap();
        assert_eq!(one_kind.at_false_positive_rate(0.5), None);
    }
}
