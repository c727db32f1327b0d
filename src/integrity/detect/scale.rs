//! Places within the corpus: percentiles, and values less their stratum's mean.

/// Authors with this many reviews or more are one stratum.
const LAST_STRATUM: u32 = 12;

/// Mid-rank percentile of each value among all, strictly between 0 and 1.
pub fn percentiles(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    let value = |row: u32| values[row as usize] + 0.0;
    order.sort_unstable_by(|a, b| value(*a).total_cmp(&value(*b)));
    let mut percentiles = vec![0.0; values.len()];
    let mut below = 0;
    for ties in order.chunk_by(|a, b| value(*a) == value(*b)) {
        let percentile = (below as f64 + ties.len() as f64 / 2.0) / values.len() as f64;
        for row in ties {
            percentiles[*row as usize] = percentile;
        }
        below += ties.len();
    }
    percentiles
}

/// Stratum of an author: its number of reviews, the busiest together.
pub fn stratum(reviews: u32) -> usize {
    reviews.min(LAST_STRATUM) as usize
}

/// Subtracts the mean of each stratum from its authors, so that evidence compares authors of equal
/// activity. The evidence of activity itself is left to its own term.
pub fn centre(values: &mut [f64], reviews: impl Fn(usize) -> u32) {
    let mut sums = [(0.0, 0_u32); LAST_STRATUM as usize + 1];
    for (author, value) in values.iter().enumerate() {
        let sum = &mut sums[stratum(reviews(author))];
        *sum = (sum.0 + value, sum.1 + 1);
    }
    for (author, value) in values.iter_mut().enumerate() {
        let (sum, authors) = sums[stratum(reviews(author))];
        *value -= sum / f64::from(authors);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tied_values_share_their_middle_percentile() {
        assert_eq!(percentiles(&[3.0, 1.0, 3.0, 9.0]), [0.5, 0.125, 0.5, 0.875]);
        assert!(percentiles(&[]).is_empty());
    }

    #[test]
    fn strata_are_centred_separately() {
        let mut values = [1.0, 3.0, 10.0, 30.0];
        centre(&mut values, |author| [1, 1, 12, 99][author]);
        assert_eq!(values, [-1.0, 1.0, -10.0, 10.0]);
    }
}
