//! One-line rules that a detector must beat.

use crate::integrity::detect::{Corpus, arrival};
use crate::lab::evaluate::labelled::Scores;

/// Ranks authors with the fewest reviews first.
pub fn fewest_reviews(corpus: &Corpus) -> Scores {
    let few = |row: usize| -f64::from(corpus.reviews_of(corpus.reviewer_of(row)));
    Scores::from_reviews(corpus, (0..corpus.reviews()).map(few).collect())
}

/// Ranks stars furthest from the listing's mean first.
pub fn deviation(corpus: &Corpus) -> Scores {
    Scores::from_reviews(corpus, deviations(corpus))
}

/// Computes a weighted sum of -1 times log2 of the author's reviews (at most 8), 0.3 times an extreme
/// rating, 0.2 times the deviation from the listing's mean, -0.4 times the arrival's percentile and
/// -0.4 times the listing's percentile by size. The weights were set by hand after a look at labels.
pub fn one_line_rule(corpus: &Corpus) -> Scores {
    let deviations = deviations(corpus);
    let (place, size) = (arrival::place(corpus), arrival::size(corpus));
    let score = |row: usize| {
        let reviews = corpus.reviews_of(corpus.reviewer_of(row)).min(8);
        let extreme = f64::from(u8::from(matches!(corpus.stars_of(row), 1 | 5)));
        -libm::log2(f64::from(reviews)) + 0.3 * extreme + 0.2 * deviations[row]
            - 0.4 * place[row]
            - 0.4 * size[row]
    };
    Scores::from_reviews(corpus, (0..corpus.reviews()).map(score).collect())
}

fn deviations(corpus: &Corpus) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); corpus.listings()];
    let stars = |row: usize| f64::from(corpus.stars_of(row));
    for row in 0..corpus.reviews() {
        let sum = &mut sums[corpus.listing_of(row) as usize];
        *sum = (sum.0 + stars(row), sum.1 + 1.0);
    }
    let deviation = |row: usize| {
        let (sum, reviews) = sums[corpus.listing_of(row) as usize];
        (stars(row) - sum / reviews).abs()
    };
    (0..corpus.reviews()).map(deviation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::detect::Review;

    #[test]
    fn rules_match_values_by_hand() {
        let review = |reviewer, listing, stars, seconds| Review {
            reviewer,
            listing,
            stars,
            seconds: Some(seconds),
        };
        let corpus = Corpus::new([
            review(0, 0, 5, 10),
            review(0, 1, 4, 20),
            review(1, 0, 2, 30),
        ]);
        assert_eq!(fewest_reviews(&corpus).reviewers, [-2.0, -1.0]);
        assert_eq!(deviation(&corpus).reviews, [1.5, 0.0, 1.5]);
        // Sizes are 2, 1, 2 with percentiles 2/3, 1/6, 2/3. Places are 1/4, 1/2, 3/4.
        let rule = one_line_rule(&corpus).reviews;
        let expected = -1.0 + 0.3 + 0.2 * 1.5 - 0.4 * 0.25 - 0.4 * 2.0 / 3.0;
        assert!((rule[0] - expected).abs() < 1e-12);
        assert!((rule[2] - (0.3 - 0.4 * 0.75 - 0.4 * 2.0 / 3.0)).abs() < 1e-12);
    }
}
