//! Describes the surroundings of a review at its listing: other stars and other newcomers.

use super::Corpus;

/// Reviews of the corpus's mean that a listing's mean is shrunk to.
const MEAN_PRIOR: f64 = 5.0;
/// Reviews that the listing's own share of newcomers is worth in a cell.
const CELL_PRIOR: f64 = 10.0;

/// Distance of each review's stars from the mean of the listing's other reviews. Honest minorities
/// look like it.
pub fn deviation(corpus: &Corpus) -> Vec<f64> {
    let stars = |row: usize| f64::from(corpus.stars[row]);
    let total: f64 = (0..corpus.reviews()).map(stars).sum();
    let mean = total / corpus.reviews().max(1) as f64;
    let sums: Vec<f64> = corpus
        .by_listing
        .iter()
        .map(|rows| rows.iter().map(|row| stars(*row as usize)).sum())
        .collect();
    let of = |row: usize| {
        let listing = corpus.listings[row] as usize;
        let others = f64::from(corpus.by_listing.size(listing)) - 1.0;
        let rest = (sums[listing] - stars(row) + MEAN_PRIOR * mean) / (others + MEAN_PRIOR);
        (stars(row) - rest).abs()
    };
    (0..corpus.reviews()).map(of).collect()
}

/// Share of one-review authors among the listing's other reviews of the same stars, shrunk to the
/// listing's share and that to the corpus's. 0 to 1.
pub fn cell_newcomers(corpus: &Corpus) -> Vec<f64> {
    let newcomer = |row: usize| f64::from(u8::from(corpus.author_reviews(row) == 1));
    let mut cells = vec![[NewcomerCount::default(); 5]; corpus.listings()];
    let mut total = NewcomerCount::default();
    for row in 0..corpus.reviews() {
        let one = NewcomerCount {
            newcomers: newcomer(row),
            reviews: 1.0,
        };
        let cell = &mut cells[corpus.listings[row] as usize][corpus.stars[row] as usize];
        *cell = cell.plus(one);
        total = total.plus(one);
    }
    let of = |row: usize| {
        let listing = &cells[corpus.listings[row] as usize];
        let of_listing = listing
            .iter()
            .fold(NewcomerCount::default(), |sum, cell| sum.plus(*cell));
        let shrunk = |count: NewcomerCount, share: f64| {
            (count.newcomers - newcomer(row) + CELL_PRIOR * share)
                / (count.reviews - 1.0 + CELL_PRIOR)
        };
        shrunk(
            listing[corpus.stars[row] as usize],
            shrunk(of_listing, total.newcomers / total.reviews),
        )
    };
    (0..corpus.reviews()).map(of).collect()
}

/// Reviews, and those by one-review authors.
#[derive(Clone, Copy, Default)]
struct NewcomerCount {
    newcomers: f64,
    reviews: f64,
}

impl NewcomerCount {
    fn plus(self, other: Self) -> Self {
        Self {
            newcomers: self.newcomers + other.newcomers,
            reviews: self.reviews + other.reviews,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::corpus::tests::corpus;
    use super::*;

    #[test]
    fn shares_around_a_review_equal_values_by_hand() {
        // Author 9 wrote twice; the others are newcomers.
        let rows = [(0, 0, 5, 0), (1, 0, 5, 90), (9, 0, 1, 181), (9, 1, 5, 181)];
        let corpus = corpus(&rows);
        // Stars less one: 4, 4, 0, 4; mean 3. The first review's listing without it: (4 + 15) / 7.
        assert!((deviation(&corpus)[0] - (4.0 - 19.0 / 7.0)).abs() < 1e-12);
        // Listing without it: (1 + 10 * 0.5) / 12; its cell: (1 + 10 * that) / 11.
        let listing = 6.0 / 12.0;
        assert!((cell_newcomers(&corpus)[0] - (1.0 + 10.0 * listing) / 11.0).abs() < 1e-12);
    }
}
