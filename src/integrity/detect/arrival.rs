//! Measures how early in its listing's time a review came, and how large the listing is.
//!
//! The first reviews of a listing, and reviews of small ones, move shoppers' impressions most, so
//! bought reviews pay there (Luca and Zervas, Management Science 2016). Every honest listing was
//! new and small once, so the weights are small.

use super::Corpus;

/// Share of its listing's reviews that came before each review, those of the same time half;
/// 0.5 without a time.
pub fn place(corpus: &Corpus) -> Vec<f64> {
    let mut shares = vec![0.5; corpus.reviews()];
    for rows in corpus.by_listing.iter() {
        let timed: Vec<u32> = rows
            .iter()
            .copied()
            .filter(|row| corpus.days[*row as usize].is_some())
            .collect();
        let mut before = 0;
        for ties in timed.chunk_by(|a, b| corpus.days[*a as usize] == corpus.days[*b as usize]) {
            let share = (before as f64 + ties.len() as f64 / 2.0) / timed.len() as f64;
            for row in ties {
                shares[*row as usize] = share;
            }
            before += ties.len();
        }
    }
    shares
}

/// Percentile, among all reviews, of the number of reviews that each one's listing has.
pub fn size(corpus: &Corpus) -> Vec<f64> {
    // All reviews of a listing tie, and of listings of one size: these are sorted, not the reviews.
    let of = |listing: usize| corpus.by_listing.size(listing);
    let mut order: Vec<u32> = (0..corpus.listings() as u32).collect();
    order.sort_unstable_by_key(|listing| of(*listing as usize));
    let mut percentiles = vec![0.0; corpus.listings()];
    let (mut below, total) = (0_u64, corpus.reviews() as f64);
    for ties in order.chunk_by(|a, b| of(*a as usize) == of(*b as usize)) {
        let reviews: u64 = ties.iter().map(|one| u64::from(of(*one as usize))).sum();
        for listing in ties {
            percentiles[*listing as usize] = (below as f64 + reviews as f64 / 2.0) / total;
        }
        below += reviews;
    }
    let listings = corpus.listings.iter();
    listings
        .map(|listing| percentiles[*listing as usize])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::corpus::tests::corpus;
    use super::*;

    #[test]
    fn arrival_percentiles_and_listing_sizes_equal_values_by_hand() {
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
