//! The concordance index, prepared for many bootstrap samples.

/// Pairs of one month, by ranks.
#[derive(Clone, Debug)]
struct Month {
    /// Rows by ascending outcome; rows of equal outcomes together.
    groups: Vec<Vec<u32>>,
    /// By index in the month: rank of the score from 1, ties equal.
    ranks: Vec<u32>,
    /// Index of the month's first row among all rows.
    offset: usize,
    top: usize,
}

/// A score against an outcome, month by month.
#[derive(Clone, Debug, Default)]
pub struct Concordance {
    months: Vec<Month>,
    rows: usize,
}

fn ranks(values: &[f64]) -> Vec<u32> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup();
    let rank = |value: &f64| sorted.partition_point(|held| held.total_cmp(value).is_lt()) as u32;
    values.iter().map(rank).collect()
}

impl Concordance {
    /// Adds a month. Rows without an outcome are in no pair.
    pub fn add(&mut self, scores: &[f64], outcomes: &[Option<f64>]) {
        let mut order: Vec<(u32, f64)> = (0_u32..)
            .zip(outcomes)
            .filter_map(|(row, outcome)| Some((row, (*outcome)?)))
            .collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let groups = order
            .chunk_by(|a, b| a.1 == b.1)
            .map(|group| group.iter().map(|(row, _)| *row).collect());
        // Zeros of both signs are the same score.
        let scores: Vec<f64> = scores.iter().map(|score| score + 0.0).collect();
        self.months.push(Month {
            groups: groups.collect(),
            top: scores.len(),
            ranks: ranks(&scores).into_iter().map(|rank| rank + 1).collect(),
            offset: self.rows,
        });
        self.rows += outcomes.len();
    }

    /// Returns the share of pairs in the right order, ties half, with row counts from `times`;
    /// `None` without a pair.
    pub fn index(&self, times: &[u32]) -> Option<f64> {
        let (mut right, mut pairs) = (0.0, 0.0);
        for month in &self.months {
            month.count(&times[month.offset..], &mut right, &mut pairs);
        }
        (pairs > 0.0).then(|| right / pairs)
    }

    /// Returns the required length of `times`.
    pub const fn rows(&self) -> usize {
        self.rows
    }
}

impl Month {
    fn count(&self, times: &[u32], right: &mut f64, pairs: &mut f64) {
        let mut below = Sums::new(self.top);
        let mut seen = 0_u64;
        for group in &self.groups {
            for row in group {
                let count = u64::from(times[*row as usize]);
                if count == 0 {
                    continue;
                }
                let rank = self.ranks[*row as usize] as usize;
                let (under, upto) = (below.through(rank - 1), below.through(rank));
                *right += count as f64 * (under as f64 + 0.5 * (upto - under) as f64);
                *pairs += (count * seen) as f64;
            }
            for row in group {
                let count = times[*row as usize];
                below.add(self.ranks[*row as usize] as usize, count.into());
                seen += u64::from(count);
            }
        }
    }
}

/// Running sums by rank (Fenwick, 1994).
struct Sums(Vec<u64>);

impl Sums {
    fn new(top: usize) -> Self {
        Self(vec![0; top + 1])
    }

    fn add(&mut self, mut rank: usize, count: u64) {
        while let Some(sum) = self.0.get_mut(rank) {
            *sum += count;
            rank += rank & rank.wrapping_neg();
        }
    }

    fn through(&self, mut rank: usize) -> u64 {
        let mut sum = 0;
        while rank > 0 {
            sum += self.0[rank];
            rank &= rank - 1;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scores: &[f64], outcomes: &[f64]) -> Concordance {
        let mut concordance = Concordance::default();
        let outcomes: Vec<Option<f64>> = outcomes.iter().map(|one| Some(*one)).collect();
        concordance.add(scores, &outcomes);
        concordance
    }

    #[test]
    fn index_matches_values_by_hand() {
        // There are three pairs with different outcomes; the scores order two of them.
        let concordance = of(&[1.0, 3.0, 2.0], &[10.0, 20.0, 30.0]);
        assert_eq!(concordance.index(&[1, 1, 1]), Some(2.0 / 3.0));
        // A tie in the score counts half; a tie in the outcome is no pair.
        let concordance = of(&[1.0, 1.0, 5.0], &[0.0, 1.0, 1.0]);
        assert_eq!(concordance.index(&[1, 1, 1]), Some(0.75));
        assert_eq!(of(&[1.0, 2.0], &[1.0, 1.0]).index(&[1, 1]), None);
    }

    #[test]
    fn row_with_weight_two_equals_two_rows() {
        let (scores, outcomes) = ([3.0, 1.0, 2.0, 2.0], [1.0, f64::NEG_INFINITY, 2.0, 0.5]);
        let twice = of(&scores, &outcomes).index(&[2, 1, 0, 3]);
        let laid_out = of(
            &[3.0, 3.0, 1.0, 2.0, 2.0, 2.0],
            &[1.0, 1.0, f64::NEG_INFINITY, 0.5, 0.5, 0.5],
        );
        assert_eq!(twice, laid_out.index(&[1; 6]));
    }

    #[test]
    fn pairs_need_one_month_and_two_outcomes() {
        let mut concordance = of(&[1.0, 2.0], &[1.0, 2.0]);
        concordance.add(&[9.0, 8.0, 7.0], &[Some(1.0), None, Some(2.0)]);
        assert_eq!(concordance.rows(), 5);
        assert_eq!(concordance.index(&[1; 5]), Some(0.5));
    }
}
