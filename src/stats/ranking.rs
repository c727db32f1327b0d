//! Rankings of rows by score, and their quality.

/// Rows in descending order of score, ties together. Sorting is done once; a bootstrap reuses it
/// with other multiplicities.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// Row numbers, highest score first.
    order: Vec<u32>,
    /// Label of the row at each index of `order`.
    positive: Vec<bool>,
    /// End of each group of equal scores in `order`, and its score.
    groups: Vec<(usize, f64)>,
}

/// Numbers of rows of each label with one score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TieGroup {
    pub(super) score: f64,
    pub(super) positives: u64,
    pub(super) negatives: u64,
}

impl Ranking {
    /// Sorts rows by score. `None` without rows, for different lengths, or for NaN; infinite scores
    /// are allowed.
    pub fn new(scores: &[f64], positives: &[bool]) -> Option<Self> {
        if scores.is_empty()
            || scores.len() != positives.len()
            || u32::try_from(scores.len()).is_err()
            || scores.iter().any(|score| score.is_nan())
        {
            return None;
        }
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        // Adding zero makes both zeros equal, so that they are adjacent in the total order.
        let key = |row: u32| scores[row as usize] + 0.0;
        order.sort_unstable_by(|a, b| key(*b).total_cmp(&key(*a)));
        let groups = order
            .chunk_by(|a, b| scores[*a as usize] == scores[*b as usize])
            .scan(0, |end, group| {
                *end += group.len();
                Some((*end, scores[group[0] as usize]))
            })
            .collect();
        let positive = order.iter().map(|row| positives[*row as usize]).collect();
        Some(Self {
            order,
            positive,
            groups,
        })
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.order.len()
    }

    /// Returns the share of rows with tied scores, 0 to 1.
    pub fn tied_share(&self) -> f64 {
        let mut start = 0;
        let mut tied = 0;
        for (end, _) in &self.groups {
            let size = end - start;
            tied += if size > 1 { size } else { 0 };
            start = *end;
        }
        tied as f64 / self.order.len() as f64
    }

    /// Returns the probability that a positive row scores above a negative one, a tie counting one
    /// half: `U / (P N)` of Mann and Whitney (1947; Hanley and `McNeil` 1982). 0 to 1; 0.5 is
    /// chance. `None` without a row of each label.
    pub fn auc(&self) -> Option<f64> {
        auc(self.tie_groups(None))
    }

    /// Returns [`Self::auc`] of a sample. `multiplicity` has the count of each row in the order
    /// given to [`Self::new`].
    pub fn auc_of_sample(&self, multiplicity: &[u32]) -> Option<f64> {
        self.accepts(multiplicity)
            .then(|| auc(self.tie_groups(Some(multiplicity))))?
    }

    /// Returns the average precision: the mean, over the positive rows, of the share of positives
    /// from the top down to that row, `sum over positives k of P(k) / k / P`. There is no
    /// interpolation, and ties are averaged over their orders (`McSherry` and Najork, ECIR 2008).
    /// Above 0 and up to 1; chance is near the share of positives. `None` without a positive row.
    pub fn average_precision(&self) -> Option<f64> {
        average_precision(self.tie_groups(None))
    }

    /// Returns [`Self::average_precision`] of a sample, as in [`Self::auc_of_sample`].
    pub fn average_precision_of_sample(&self, multiplicity: &[u32]) -> Option<f64> {
        self.accepts(multiplicity)
            .then(|| average_precision(self.tie_groups(Some(multiplicity))))?
    }

    fn accepts(&self, multiplicity: &[u32]) -> bool {
        multiplicity.len() == self.order.len()
    }

    /// Returns the tie groups from the top, without those that are empty in the sample.
    pub(super) fn tie_groups(&self, sample: Option<&[u32]>) -> impl Iterator<Item = TieGroup> {
        let mut start = 0;
        self.groups.iter().filter_map(move |(end, score)| {
            let (mut positives, mut negatives) = (0_u64, 0_u64);
            for place in start..*end {
                let times = sample.map_or(1, |times| times[self.order[place] as usize]);
                if self.positive[place] {
                    positives += u64::from(times);
                } else {
                    negatives += u64::from(times);
                }
            }
            start = *end;
            (positives + negatives > 0).then_some(TieGroup {
                score: *score,
                positives,
                negatives,
            })
        })
    }
}

/// Computes the AUC. Pairs are counted twice, so that a tie is an integer too.
fn auc(groups: impl Iterator<Item = TieGroup>) -> Option<f64> {
    let (mut positives, mut negatives, mut twice) = (0_u128, 0_u128, 0_u128);
    for group in groups {
        let (more, fewer) = (u128::from(group.positives), u128::from(group.negatives));
        twice += fewer * (2 * positives + more);
        positives += more;
        negatives += fewer;
    }
    let pairs = positives * negatives;
    (pairs > 0).then(|| twice as f64 / (2 * pairs) as f64)
}

/// Computes the average precision. Take a group of `n` rows with `p` positives, after `above` rows
/// with `hits` positives. Each rank of the group has a positive in `p / n` of the orders. Then
/// `(rank - 1) (p - 1) / (n - 1)` other positives of the group are expected before it.
fn average_precision(groups: impl Iterator<Item = TieGroup>) -> Option<f64> {
    let (mut above, mut hits, mut sum) = (0_u64, 0_u64, 0.0);
    for group in groups {
        let size = group.positives + group.negatives;
        if group.positives > 0 {
            let others = (group.positives - 1) as f64 / (size - 1).max(1) as f64;
            let precisions: f64 = (0..size)
                .map(|place| {
                    (hits as f64 + 1.0 + place as f64 * others) / (above + place + 1) as f64
                })
                .sum();
            sum += precisions * group.positives as f64 / size as f64;
        }
        above += size;
        hits += group.positives;
    }
    (hits > 0).then(|| sum / hits as f64)
}

#[cfg(test)]
mod tests {
    use super::super::{average_precision, roc_auc};
    use super::*;
    use proptest::prelude::*;

    fn close(a: Option<f64>, b: f64) {
        let a = a.unwrap();
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    #[test]
    fn ranking_figures_match_values_by_hand() {
        // From the top: positive, negative, positive, negative, negative. Precisions at the
        // positives are 1/1 and 2/3.
        let scores = [0.9, 0.1, 0.5, 0.4, 0.7];
        let labels = [true, false, true, false, false];
        close(average_precision(&scores, &labels), 5.0 / 6.0);
        // Five of six pairs are in order.
        close(roc_auc(&scores, &labels), 5.0 / 6.0);
    }

    #[test]
    fn ties_count_half_and_average_over_orders() {
        // A positive P and a negative N are tied before a P: orders PNP (1, 2/3) and NPP (1/2,
        // 2/3).
        let scores = [2.0, 2.0, 1.0];
        let labels = [true, false, true];
        let expected = f64::midpoint(5.0 / 6.0, 7.0 / 12.0);
        close(average_precision(&scores, &labels), expected);
        close(roc_auc(&scores, &labels), 0.25);
        let ranking = Ranking::new(&scores, &labels).unwrap();
        close(Some(ranking.tied_share()), 2.0 / 3.0);
        // All rows are tied: PPN, PNP, NPP.
        let orders = [
            1.0,
            f64::midpoint(1.0, 2.0 / 3.0),
            f64::midpoint(0.5, 2.0 / 3.0),
        ];
        close(
            average_precision(&[0.0, -0.0, 0.0], &labels),
            orders.iter().sum::<f64>() / 3.0,
        );
    }

    #[test]
    fn invalid_input_gives_none() {
        assert!(Ranking::new(&[], &[]).is_none());
        assert!(Ranking::new(&[1.0], &[true, false]).is_none());
        assert!(Ranking::new(&[1.0, f64::NAN], &[true, false]).is_none());
        assert_eq!(roc_auc(&[1.0, 2.0], &[true, true]), None);
        assert_eq!(roc_auc(&[1.0, 2.0], &[false, false]), None);
        assert_eq!(average_precision(&[1.0, 2.0], &[false, false]), None);
        assert_eq!(roc_auc(&[1.0], &[true]), None);
        assert_eq!(average_precision(&[1.0], &[true]), Some(1.0));
        let ends = [f64::INFINITY, f64::NEG_INFINITY];
        assert_eq!(roc_auc(&ends, &[true, false]), Some(1.0));
        let ranking = Ranking::new(&[1.0, 2.0], &[true, false]).unwrap();
        assert_eq!(ranking.auc_of_sample(&[1]), None);
        assert_eq!(ranking.auc_of_sample(&[0, 0]), None);
        assert_eq!(ranking.average_precision_of_sample(&[0, 3]), None);
    }

    fn rows() -> impl Strategy<Value = Vec<(f64, bool)>> {
        prop::collection::vec(((0..12_i32).prop_map(f64::from), any::<bool>()), 1..40)
    }

    fn both(rows: &[(f64, bool)]) -> (Option<f64>, Option<f64>) {
        let (scores, labels): (Vec<f64>, Vec<bool>) = rows.iter().copied().unzip();
        (
            roc_auc(&scores, &labels),
            average_precision(&scores, &labels),
        )
    }

    proptest! {
        #[test]
        fn figures_do_not_depend_on_row_order_or_scale(rows in rows(), shuffled in rows().prop_shuffle()) {
            let rising: Vec<_> = rows.iter().map(|(s, l)| (libm::exp(s / 3.0) - 7.0, *l)).collect();
            prop_assert_eq!(both(&rows), both(&rising));
            let mut sorted = shuffled.clone();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            prop_assert_eq!(both(&shuffled), both(&sorted));
        }

        #[test]
        fn auc_is_the_share_of_pairs(rows in rows()) {
            let (mut sum, mut pairs) = (0.0, 0.0);
            for (up, _) in rows.iter().filter(|row| row.1) {
                for (down, _) in rows.iter().filter(|row| !row.1) {
                    pairs += 1.0;
                    sum += f64::from(u8::from(up > down)) + f64::from(u8::from(up == down)) / 2.0;
                }
            }
            let auc = both(&rows).0;
            prop_assert_eq!(auc.is_none(), pairs == 0.0);
            prop_assert!(auc.is_none_or(|auc| (auc - sum / pairs).abs() < 1e-12));
        }

        /// The closed form is the mean over every order of the tied rows.
        #[test]
        fn tied_precision_is_the_mean_of_all_orders(
            labels in prop::collection::vec(any::<bool>(), 1..6),
            above in prop::collection::vec(any::<bool>(), 0..4),
        ) {
            let mut tied: Vec<(f64, bool)> =
                above.iter().enumerate().map(|(i, l)| (9.0 - i as f64, *l)).collect();
            let fixed = tied.len();
            tied.extend(labels.iter().map(|label| (1.0, *label)));
            let mut all = Vec::new();
            permute(&mut labels.clone(), 0, &mut |order| {
                let mut rows = tied[..fixed].to_vec();
                rows.extend(order.iter().enumerate().map(|(i, l)| (1.0 - i as f64, *l)));
                all.push(both(&rows).1);
            });
            match both(&tied).1 {
                Some(value) => {
                    let mean = all.iter().flatten().sum::<f64>() / all.len() as f64;
                    prop_assert!((value - mean).abs() < 1e-12);
                }
                None => prop_assert!(all.iter().all(Option::is_none)),
            }
        }

        /// A sample equals the rows repeated by their multiplicity.
        #[test]
        fn samples_are_repeated_rows(rows in rows(), seed in any::<u64>()) {
            let (scores, labels): (Vec<f64>, Vec<bool>) = rows.iter().copied().unzip();
            let times: Vec<u32> = (0..rows.len()).map(|i| (seed >> (i % 60)) as u32 & 3).collect();
            let written: Vec<_> = rows
                .iter()
                .zip(&times)
                .flat_map(|(row, times)| std::iter::repeat_n(*row, *times as usize))
                .collect();
            let ranking = Ranking::new(&scores, &labels).unwrap();
            let sampled =
                (ranking.auc_of_sample(&times), ranking.average_precision_of_sample(&times));
            prop_assert_eq!(sampled, both(&written));
        }
    }

    fn permute(labels: &mut Vec<bool>, from: usize, seen: &mut impl FnMut(&[bool])) {
        if from == labels.len() {
            return seen(labels);
        }
        for at in from..labels.len() {
            labels.swap(from, at);
            permute(labels, from + 1, seen);
            labels.swap(from, at);
        }
    }
}
