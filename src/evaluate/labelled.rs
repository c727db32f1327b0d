//! How well manipulated reviews are found from ratings, times and who reviewed what.

mod held_out;
mod rules;
mod served;

use super::metrics::{Bootstrap, Calibration, Ranking, calibration};
use super::population::{Order, Population};
use crate::formats::ReviewColumns;
use crate::integrity::detect::{Corpus, Review};
use crate::integrity::logistic;

pub use held_out::{HeldOut, Split, held_out};
pub use rules::{deviation, fewest_reviews, one_line_rule};
pub use served::{Served, With};

/// Bins of the reliability table.
const CALIBRATION_BINS: usize = 10;
/// Places of the normalised discounted gain.
const GAIN_PLACES: [usize; 2] = [100, 1000];
/// False-positive rates at which precision and recall are told.
const FALSE_POSITIVE_RATES: [f64; 2] = [0.01, 0.05];

/// The corpus in a file's columns.
pub fn corpus(columns: &ReviewColumns) -> Corpus {
    let review = |row: usize| Review {
        reviewer: columns.reviewers[row],
        listing: columns.listings[row],
        stars: columns.stars[row],
        seconds: columns.seconds[row],
    };
    Corpus::new((0..columns.reviewers.len()).map(review))
}

/// A score of every review and every reviewer, the higher the more suspect.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// One a review.
    pub reviews: Vec<f64>,
    /// One a reviewer.
    pub reviewers: Vec<f64>,
}

impl Scores {
    /// Takes a reviewer's score as the mean of its reviews', those that are not a number left out.
    pub fn from_reviews(corpus: &Corpus, reviews: Vec<f64>) -> Self {
        let mut sums = vec![(0.0, 0.0); corpus.reviewers()];
        for (row, score) in reviews.iter().enumerate() {
            if !score.is_nan() {
                let sum = &mut sums[corpus.reviewer_of(row) as usize];
                *sum = (sum.0 + score, sum.1 + 1.0);
            }
        }
        Self {
            reviews,
            reviewers: sums.into_iter().map(|(sum, of)| sum / of).collect(),
        }
    }
}

/// What scores are worth, by kind of subject.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// All labelled reviews; intervals over listings.
    pub reviews: Order,
    /// Reviewers, manipulated if any of their reviews is; intervals over reviewers.
    pub reviewers: Order,
    /// Reviews of authors who wrote no other; intervals over listings.
    pub one_review_authors: Order,
}

/// Figures at the top of the ranking of reviews.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Top {
    /// Places, and the normalised discounted cumulative gain at them.
    pub gains: Vec<(usize, Option<f64>)>,
    /// False-positive rate asked for, precision and recall there.
    pub points: Vec<(f64, f64, f64)>,
}

/// Labels, and the rows that are measured.
#[derive(Clone, Debug)]
pub struct Judge {
    reviews: Population,
    reviewers: Population,
    one_review: Population,
}

impl Judge {
    /// Sorts labels by what they label; reviews without one are not measured, nor are reviews that
    /// `measured` leaves out.
    pub fn new(corpus: &Corpus, labels: &[Option<bool>], measured: impl Fn(usize) -> bool) -> Self {
        let mut any = vec![None; corpus.reviewers()];
        let mut all = Vec::new();
        for (row, label) in labels.iter().enumerate() {
            let Some(label) = label.filter(|_| measured(row)) else {
                continue;
            };
            let known = &mut any[corpus.reviewer_of(row) as usize];
            *known = Some(known.unwrap_or(false) || label);
            all.push((row as u32, label));
        }
        let of_reviews = |rows: &[(u32, bool)]| Population {
            rows: rows.iter().map(|(row, _)| *row).collect(),
            labels: rows.iter().map(|(_, label)| *label).collect(),
            groups: rows
                .iter()
                .map(|(row, _)| corpus.listing_of(*row as usize))
                .collect(),
        };
        let lone: Vec<(u32, bool)> = all
            .iter()
            .copied()
            .filter(|(row, _)| corpus.reviews_of(corpus.reviewer_of(*row as usize)) == 1)
            .collect();
        let known = any.iter().enumerate();
        let (writers, labels): (Vec<u32>, Vec<bool>) = known
            .filter_map(|(reviewer, label)| Some((reviewer as u32, (*label)?)))
            .unzip();
        Self {
            reviews: of_reviews(&all),
            one_review: of_reviews(&lone),
            reviewers: Population {
                groups: writers.clone(),
                rows: writers,
                labels,
            },
        }
    }

    /// Share of measured reviews that are labelled manipulated; `None` without any.
    pub fn base_rate(&self) -> Option<f64> {
        let labels = &self.reviews.labels;
        let manipulated = labels.iter().filter(|label| **label).count();
        (!labels.is_empty()).then(|| manipulated as f64 / labels.len() as f64)
    }

    /// Measures scores, with intervals where a bootstrap is given.
    pub fn report(&self, scores: &Scores, bootstrap: Option<Bootstrap>) -> Report {
        Report {
            reviews: self.reviews.order(&scores.reviews, bootstrap),
            reviewers: self.reviewers.order(&scores.reviewers, bootstrap),
            one_review_authors: self.one_review.order(&scores.reviews, bootstrap),
        }
    }

    /// Figures at the top of the ranking of reviews.
    pub fn top(&self, scores: &Scores) -> Top {
        let of = |row: &u32| scores.reviews[*row as usize];
        let measured: Vec<f64> = self.reviews.rows.iter().map(of).collect();
        let Some(ranking) = Ranking::new(&measured, &self.reviews.labels) else {
            return Top::default();
        };
        let gain = |places: &usize| (*places, ranking.ndcg(*places));
        let point = |rate: &f64| {
            let point = ranking.at_false_positive_rate(*rate)?;
            Some((*rate, point.precision?, point.recall))
        };
        Top {
            gains: GAIN_PLACES.iter().map(gain).collect(),
            points: FALSE_POSITIVE_RATES.iter().filter_map(point).collect(),
        }
    }

    /// Compares reviews' log-odds with labels, in bins of equal width.
    pub fn calibration(&self, log_odds: &[f64]) -> Option<Calibration> {
        let probability = |row: &u32| logistic(log_odds[*row as usize]);
        let probabilities: Vec<f64> = self.reviews.rows.iter().map(probability).collect();
        calibration(&probabilities, &self.reviews.labels, CALIBRATION_BINS)
    }
}
