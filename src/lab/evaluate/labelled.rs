//! How well manipulated reviews are found from ratings, times and who reviewed what.

use std::collections::BTreeMap;

use crate::integrity::detect::Corpus;
use crate::stats::population::{CALIBRATION_BINS, Figure, Order, Population};
use crate::stats::{Bootstrap, Calibration, calibration, logistic};

/// Places of the normalised discounted gain.
const GAIN_PLACES: [usize; 2] = [100, 1000];
/// False-positive rates at which precision and recall are told.
const FALSE_POSITIVE_RATES: [f64; 2] = [0.01, 0.05];

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

/// A labelled review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// Its place among the scores.
    pub row: u32,
    /// Its author's place among the scores.
    pub reviewer: u32,
    /// Its listing.
    pub listing: u32,
    /// Whether its author wrote no other.
    pub lone: bool,
    /// The label.
    pub manipulated: bool,
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
        let labelled = labels.iter().enumerate().filter_map(|(row, label)| {
            let reviewer = corpus.reviewer_of(row);
            Some(Labelled {
                row: row as u32,
                reviewer,
                listing: corpus.listing_of(row),
                lone: corpus.reviews_of(reviewer) == 1,
                manipulated: label.filter(|_| measured(row))?,
            })
        });
        Self::of(&labelled.collect::<Vec<_>>())
    }

    /// Sorts labelled reviews by what they label.
    pub fn of(labelled: &[Labelled]) -> Self {
        let mut any: BTreeMap<u32, bool> = BTreeMap::new();
        for labelled in labelled {
            *any.entry(labelled.reviewer).or_default() |= labelled.manipulated;
        }
        let population = |taken: &dyn Fn(&Labelled) -> bool| {
            let rows = || labelled.iter().filter(|labelled| taken(labelled));
            Population {
                rows: rows().map(|labelled| labelled.row).collect(),
                labels: rows().map(|labelled| labelled.manipulated).collect(),
                groups: rows().map(|labelled| labelled.listing).collect(),
            }
        };
        Self {
            reviews: population(&|_| true),
            one_review: population(&|labelled| labelled.lone),
            reviewers: Population {
                groups: any.keys().copied().collect(),
                rows: any.keys().copied().collect(),
                labels: any.values().copied().collect(),
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
        let Some(ranking) = self.reviews.ranking(&scores.reviews) else {
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

    /// Expected calibration error of reviews' log-odds, with its interval over listings.
    pub fn calibration_error(&self, log_odds: &[f64], bootstrap: Bootstrap) -> Figure {
        self.reviews.calibration_error(log_odds, bootstrap)
    }

    /// Compares reviews' log-odds with labels, in bins of equal width.
    pub fn calibration(&self, log_odds: &[f64]) -> Option<Calibration> {
        let odds = self.reviews.of(log_odds).into_iter();
        let probabilities: Vec<f64> = odds.map(logistic).collect();
        calibration(&probabilities, &self.reviews.labels, CALIBRATION_BINS)
    }
}
