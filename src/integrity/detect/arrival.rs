//! Where a review stands in its listing's time, and how large the listing is.
//!
//! The first reviews of a listing, and reviews of small ones, move what shoppers see most, so that
//! is where bought ones pay (Luca and Zervas, Management Science 2016). Every honest listing was
//! new and small once: the weights are small.

use super::Corpus;
use super::scale::percentiles;

/// Share of its listing's reviews that came before each review, those of the same time half;
/// 0.5 without a time.
pub fn place(corpus: &Corpus) -> Vec<f64> {
    let mut places = vec![0.5; corpus.reviews()];
    for rows in corpus.by_listing.iter() {
        let timed: Vec<u32> = rows
            .iter()
            .copied()
            .filter(|row| corpus.days[*row as usize].is_some())
            .collect();
        let mut before = 0;
        for ties in timed.chunk_by(|a, b| corpus.days[*a as usize] == corpus.days[*b as usize]) {
            let place = (before as f64 + ties.len() as f64 / 2.0) / timed.len() as f64;
            for row in ties {
                places[*row as usize] = place;
            }
            before += ties.len();
        }
    }
    places
}

/// Percentile, among all reviews, of the number of reviews that each one's listing has.
pub fn size(corpus: &Corpus) -> Vec<f64> {
    let sizes: Vec<f64> = corpus
        .listings
        .iter()
        .map(|listing| f64::from(corpus.by_listing.size(*listing as usize)))
        .collect();
    percentiles(&sizes)
}

#[cfg(test)]
mod tests {
    use super::super::corpus::tests::corpus;
    use super::*;

    #[test]
    fn places_and_sizes_by_hand() {
        let rows = [
            (0, 0, 5, 3),
            (1, 0, 5, 1),
            (2, 0, 5, 3),
            (3, 0, 5, 9),
            (4, 1, 5, 2),
        ];
        let corpus = corpus(&rows);
        assert_eq!(place(&corpus), [0.5, 0.125, 0.5, 0.875, 0.5]);
        assert_eq!(size(&corpus), [0.6, 0.6, 0.6, 0.6, 0.1]);
    }
}
