//! Measures network beliefs and one-line rules against labels.

use std::time::Instant;

use crate::lab::datasets::{NetworkTables, NetworkTruth};
use crate::lab::network::{
    Beliefs, Graph, NetworkError, Options, Potentials, Priors, propagate, speagle,
};
use crate::stats::logistic;
use crate::stats::population::{Order, Population};
use crate::stats::{Bootstrap, calibration, spearman};

/// Bins of the expected calibration error.
const CALIBRATION_BINS: usize = 10;

/// Scores of all reviews and reviewers; a higher score is more suspect.
#[derive(Clone, Debug)]
pub struct Scores {
    /// One score a review.
    pub reviews: Vec<f64>,
    /// One score a reviewer; those without a review are not measured.
    pub reviewers: Vec<f64>,
    /// Wall-clock seconds of scoring from the tables in memory, the graph included.
    pub seconds: f64,
}

/// All scores, computed before any label is read.
#[derive(Clone, Debug)]
pub struct Detectors {
    /// The linear inference, log-odds.
    pub network: Scores,
    /// `SpEagle`, log-odds.
    pub speagle: Scores,
    /// One-line rules, by stable name.
    pub baselines: [(&'static str, Scores); 3],
}

impl Detectors {
    /// Scores a network. Labels are no argument, so they cannot be used.
    pub fn score(tables: &NetworkTables, threads: usize) -> Result<Self, NetworkError> {
        let priors = Priors {
            reviews: &tables.review_priors,
            reviewers: &tables.reviewer_priors,
            cells: &tables.listing_priors,
        };
        let graph = || {
            Graph::new(
                &tables.reviewer_of,
                &tables.listing_of,
                tables.reviewer_priors.len(),
                tables.listing_priors.len(),
            )
        };
        let network = timed(|| {
            let graph = graph()?;
            Ok(propagate(&graph, priors, Options::default(), threads)?.beliefs(&graph))
        })?;
        let speagle = timed(|| speagle(&graph()?, priors, Potentials::default(), threads))?;
        Ok(Self {
            network,
            speagle,
            baselines: baselines(tables),
        })
    }
}

fn timed(infer: impl FnOnce() -> Result<Beliefs, NetworkError>) -> Result<Scores, NetworkError> {
    let start = Instant::now();
    let beliefs = infer()?;
    Ok(Scores {
        seconds: start.elapsed().as_secs_f64(),
        reviews: beliefs.reviews,
        reviewers: beliefs.reviewers,
    })
}

/// Computes the one-line rules. A reviewer's score is that of its highest review, except for the
/// plain prior, which reviewers have themselves.
fn baselines(tables: &NetworkTables) -> [(&'static str, Scores); 3] {
    let counts = review_counts(tables);
    let per_review = |rule: &dyn Fn(u32, f64) -> f64| -> Vec<f64> {
        let rows = tables.reviewer_of.iter().zip(&tables.review_priors);
        rows.map(|(reviewer, prior)| rule(counts[*reviewer as usize], *prior))
            .collect()
    };
    let with_highest = |reviews: Vec<f64>| Scores {
        reviewers: highest(tables, &reviews),
        reviews,
        seconds: 0.0,
    };
    let prior = Scores {
        reviews: tables.review_priors.clone(),
        reviewers: tables.reviewer_priors.clone(),
        seconds: 0.0,
    };
    // A prior is at most 1, so steps of 2 keep the order of the counts.
    let five = per_review(&|count, prior| prior - 2.0 * f64::from(count.min(5)));
    [
        ("prior", prior),
        (
            "fewest_reviews",
            with_highest(per_review(&|count, _| -f64::from(count))),
        ),
        ("five_then_prior", with_highest(five)),
    ]
}

fn review_counts(tables: &NetworkTables) -> Vec<u32> {
    let mut counts = vec![0; tables.reviewer_priors.len()];
    for reviewer in &tables.reviewer_of {
        counts[*reviewer as usize] += 1;
    }
    counts
}

fn highest(tables: &NetworkTables, reviews: &[f64]) -> Vec<f64> {
    let mut highest = vec![f64::NEG_INFINITY; tables.reviewer_priors.len()];
    for (reviewer, score) in tables.reviewer_of.iter().zip(reviews) {
        let known = &mut highest[*reviewer as usize];
        *known = known.max(*score);
    }
    highest
}

/// Figures of the scores of one detector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// All reviews; intervals over listings.
    pub reviews: Order,
    /// Reviewers, manipulated if any of their reviews is; intervals over reviewers.
    pub reviewers: Order,
    /// Reviews of authors with no other review; intervals over listings.
    pub one_review_authors: Order,
    /// Wall-clock seconds of scoring.
    pub seconds: f64,
}

/// Labels and measured rows.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    tables: &'a NetworkTables,
    truth: &'a NetworkTruth,
    reviewers: Population,
    one_review: Population,
    reviews: Population,
}

impl<'a> Judge<'a> {
    /// Groups the labels by subject.
    pub fn new(tables: &'a NetworkTables, truth: &'a NetworkTruth) -> Self {
        let counts = review_counts(tables);
        let mut any = vec![false; counts.len()];
        for (reviewer, label) in tables.reviewer_of.iter().zip(&truth.manipulated) {
            any[*reviewer as usize] |= *label;
        }
        let of_reviews = |rows: Vec<u32>| Population {
            labels: rows
                .iter()
                .map(|row| truth.manipulated[*row as usize])
                .collect(),
            groups: rows
                .iter()
                .map(|row| tables.listing_of[*row as usize])
                .collect(),
            rows,
        };
        let all = 0..tables.reviewer_of.len() as u32;
        let lone = |row: &u32| counts[tables.reviewer_of[*row as usize] as usize] == 1;
        let writers: Vec<u32> = (0..counts.len() as u32)
            .filter(|number| counts[*number as usize] > 0)
            .collect();
        Self {
            tables,
            truth,
            reviews: of_reviews(all.clone().collect()),
            one_review: of_reviews(all.filter(lone).collect()),
            reviewers: Population {
                labels: writers.iter().map(|number| any[*number as usize]).collect(),
                groups: writers.clone(),
                rows: writers,
            },
        }
    }

    /// Measures scores, with intervals if a bootstrap is given.
    pub fn report(&self, scores: &Scores, bootstrap: Option<Bootstrap>) -> Report {
        Report {
            reviews: self.reviews.order(&scores.reviews, bootstrap),
            reviewers: self.reviewers.order(&scores.reviewers, bootstrap),
            one_review_authors: self.one_review.order(&scores.reviews, bootstrap),
            seconds: scores.seconds,
        }
    }

    /// Returns the expected calibration error of reviews' log-odds, ten bins of equal width.
    pub fn calibration_error(&self, log_odds: &[f64]) -> Option<f64> {
        let probabilities: Vec<f64> = log_odds.iter().map(|x| logistic(*x)).collect();
        Some(calibration(&probabilities, &self.truth.manipulated, CALIBRATION_BINS)?.error)
    }

    /// Returns the rank correlation of reviews' scores with the reference, if the files have one.
    pub fn agreement(&self, reviews: &[f64]) -> Option<f64> {
        spearman(reviews, self.truth.reference.as_ref()?)
    }

    /// Returns the numbers of reviews, reviewers and listings.
    pub fn size(&self) -> (usize, usize, usize) {
        (
            self.tables.reviewer_of.len(),
            self.tables.reviewer_priors.len(),
            self.tables.listing_priors.len(),
        )
    }
}
