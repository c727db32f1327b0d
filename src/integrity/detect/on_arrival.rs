//! Scores reviews by what was known when each came: earlier days, and the review itself.
//!
//! A new author's first review looks the same whether others follow or not. So this is much weaker
//! than a score with hindsight, and shows how much of a score is hindsight.

use super::Corpus;
use super::score::{PLACE_WEIGHT, activity_term};

/// Stars that manipulated newcomers are expected to give: the poles of the scale.
const PROFILE: [f64; 5] = [0.25, 0.1, 0.1, 0.15, 0.4];
/// An author's review counts as established from its third on.
const ESTABLISHED: u32 = 3;
/// Established reviews that the stars of the corpus so far are worth for a listing.
const POOLING: f64 = 50.0;
/// Reviews at which a listing is half grown.
const HALF_GROWN: f64 = 50.0;

#[derive(Clone, Copy, Default)]
struct AuthorSoFar {
    reviews: u32,
    days: u32,
    last: Option<f64>,
}

#[derive(Clone, Copy, Default)]
struct ListingSoFar {
    reviews: u32,
    /// Established reviews by star.
    stars: [f64; 5],
}

impl ListingSoFar {
    fn established(&self) -> f64 {
        self.stars.iter().sum()
    }
}

/// Log-odds of each review, without the shared part. Reviews without a time get the least.
pub fn score(corpus: &Corpus) -> Vec<f64> {
    let mut authors = vec![AuthorSoFar::default(); corpus.reviewers()];
    let mut listings = vec![ListingSoFar::default(); corpus.listings()];
    let mut corpus_so_far = ListingSoFar {
        reviews: 0,
        stars: [1.0; 5],
    };
    let mut scores = vec![0.0; corpus.reviews()];
    let timed = corpus.timed();
    let day = |row: u32| corpus.days[row as usize].map(f64::floor);
    for today in timed.chunk_by(|a, b| day(*a) == day(*b)) {
        for row in today {
            let row = *row as usize;
            let author = authors[corpus.reviewers[row] as usize];
            let listing = listings[corpus.listings[row] as usize];
            let star = corpus.stars[row] as usize;
            let effective = libm::sqrt(f64::from(author.reviews + 1) * f64::from(author.days + 1));
            let honest = (listing.stars[star]
                + POOLING * corpus_so_far.stars[star] / corpus_so_far.established())
                / (listing.established() + POOLING);
            let seen = f64::from(listing.reviews);
            scores[row] = activity_term(effective)
                + libm::log(PROFILE[star] / honest)
                + PLACE_WEIGHT * seen / (seen + HALF_GROWN);
        }
        for row in today {
            learn(
                corpus,
                *row as usize,
                &mut authors,
                &mut listings,
                &mut corpus_so_far,
            );
        }
    }
    let least = scores.iter().copied().fold(0.0, f64::min);
    for (score, day) in scores.iter_mut().zip(&corpus.days) {
        if day.is_none() {
            *score = least;
        }
    }
    scores
}

fn learn(
    corpus: &Corpus,
    row: usize,
    authors: &mut [AuthorSoFar],
    listings: &mut [ListingSoFar],
    corpus_so_far: &mut ListingSoFar,
) {
    let author = &mut authors[corpus.reviewers[row] as usize];
    let day = corpus.days[row].map(f64::floor);
    author.reviews += 1;
    author.days += u32::from(author.last != day);
    author.last = day;
    let listing = &mut listings[corpus.listings[row] as usize];
    listing.reviews += 1;
    if author.reviews >= ESTABLISHED {
        let star = corpus.stars[row] as usize;
        listing.stars[star] += 1.0;
        corpus_so_far.stars[star] += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::corpus::tests::corpus;
    use super::*;

    #[test]
    fn score_on_arrival_ignores_later_reviews() {
        let rows = [
            (0, 0, 5, 1),
            (1, 0, 4, 1),
            (0, 1, 1, 2),
            (0, 2, 3, 3),
            (2, 0, 5, 4),
        ];
        let scores = score(&corpus(&rows));
        for end in 1..rows.len() {
            // Reviews of the same day do not see each other either.
            let part = score(&corpus(&rows[..end]));
            assert_eq!(part[..], scores[..end]);
        }
        // First review of all: stars against the even start, one effective review, empty listing.
        assert!((scores[0] - libm::log(0.4 / 0.2)).abs() < 1e-12);
        // The second day's author has one review before.
        assert!((scores[2] - (-2.5 + libm::log(0.25 / 0.2))).abs() < 1e-12);
    }
}
