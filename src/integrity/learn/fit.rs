//! Fits the additive model.

use super::binned::{ABSENT, bin, edges};
use super::curve::solve;
use super::line::fit_line;
use super::model::{Curve, Line, Model, ModelError};
use crate::integrity::detect::features::{Feature, Shape};
use crate::stats::logistic;

/// Times that the likelihood is approximated by a weighted square.
const NEWTON_STEPS: usize = 7;
/// Times that every curve is fitted to what the others leave, within a step.
const SWEEPS: usize = 4;
/// Least variance of a probability in a working response.
const LEAST_VARIANCE: f64 = 1e-4;

/// One feature on the training rows.
struct Block<'a> {
    feature: &'a Feature,
    edges: Vec<f32>,
    bins: Vec<u8>,
    heights: Vec<f64>,
    /// Weights of each bin's rows, and their worth given that reviews share listings.
    weights: Vec<f64>,
    worth: Vec<f64>,
}

/// Strength of the shrinkage of curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Restraint {
    /// Weight of a bin's squared height, in observations' worth of curvature.
    pub shrinkage: f64,
    /// Variance of what reviews of one listing have in common beyond all features, squared
    /// log-odds.
    pub listing_variance: f64,
}

impl Restraint {
    /// For features of reviews and listings.
    pub const FEATURES: Self = Self {
        shrinkage: 30.0,
        listing_variance: 0.25,
    };
    /// For known labels around a review, which are the listing's unknown itself.
    pub const LABELS: Self = Self {
        shrinkage: 3.0,
        listing_variance: 0.0,
    };
}

/// Input of learning.
#[derive(Clone, Copy, Debug)]
pub struct Training<'a> {
    /// Labelled reviews.
    pub rows: &'a [u32],
    /// The label of each.
    pub labels: &'a [bool],
    /// Listing of every review of the corpus.
    pub listings: &'a [u32],
}

/// Learns from the labels of the given rows: lines first, then curves by penalised iteratively
/// reweighted least squares with backfitting (Hastie and Tibshirani, 1990).
pub fn fit(features: &[Feature], training: Training<'_>) -> Result<Model, ModelError> {
    fit_beside(features, training, &vec![0.0; training.rows.len()])
}

/// As [`fit`], where log-odds of other origin will be added to the model's: they are given here, one
/// entry a training row, so that the sum becomes a probability.
pub fn fit_beside(
    features: &[Feature],
    training: Training<'_>,
    beside: &[f64],
) -> Result<Model, ModelError> {
    let Training { rows, labels, .. } = training;
    if rows.len() != labels.len() || rows.len() != beside.len() {
        return Err(ModelError::OneKind);
    }
    let lines: Vec<Line> = features
        .iter()
        .filter(|feature| feature.shape == Shape::Line)
        .map(|feature| fit_line(feature, rows, labels, beside))
        .collect();
    let known = Model::new(labels, 0.0, lines.clone(), Vec::new()).score(features)?;
    let of = |row: &u32| known.get(*row as usize).copied().unwrap_or(0.0);
    let known = rows.iter().map(of).zip(beside);
    let known: Vec<f64> = known.map(|(known, beside)| known + beside).collect();
    let beyond = fit_beyond(features, training, &known, Restraint::FEATURES)?;
    Ok(beyond.with_lines(lines))
}

/// Learns what the features' curves add to log-odds that are known already, one entry a training
/// row.
pub fn fit_beyond(
    features: &[Feature],
    training: Training<'_>,
    known: &[f64],
    restraint: Restraint,
) -> Result<Model, ModelError> {
    let Training { rows, labels, .. } = training;
    let manipulated = labels.iter().filter(|label| **label).count();
    if manipulated == 0 || manipulated == rows.len() || rows.len() != labels.len() {
        return Err(ModelError::OneKind);
    }
    let mut blocks: Vec<Block<'_>> = features
        .iter()
        .filter(|feature| feature.shape == Shape::Curve)
        .map(|feature| Block::new(feature, rows))
        .collect();
    let mut intercept = 0.0;
    let mut scores = known.to_vec();
    for _ in 0..NEWTON_STEPS {
        let (mut weights, mut residuals) = (Vec::new(), Vec::new());
        for (score, label) in scores.iter().zip(labels) {
            let probability = logistic(*score);
            let weight = (probability * (1.0 - probability)).max(LEAST_VARIANCE);
            weights.push(weight);
            residuals.push((f64::from(u8::from(*label)) - probability) / weight);
        }
        let before = residuals.clone();
        for block in &mut blocks {
            block.weigh(&weights, training, restraint.listing_variance);
        }
        for _ in 0..SWEEPS {
            intercept += take_mean(&weights, &mut residuals);
            for block in &mut blocks {
                block.refit(&weights, &mut residuals, restraint.shrinkage);
            }
        }
        // The part that left the residuals is now in the scores.
        for ((score, before), residual) in scores.iter_mut().zip(before).zip(&residuals) {
            *score += before - residual;
        }
    }
    let curves = blocks.into_iter().map(Block::into_curve).collect();
    Ok(Model::new(labels, intercept, Vec::new(), curves))
}

/// Takes the weighted mean off the residuals and returns it.
fn take_mean(weights: &[f64], residuals: &mut [f64]) -> f64 {
    let products = weights.iter().zip(&*residuals).map(|(w, r)| w * r);
    let mean = products.sum::<f64>() / weights.iter().sum::<f64>();
    for residual in residuals {
        *residual -= mean;
    }
    mean
}

impl<'a> Block<'a> {
    fn new(feature: &'a Feature, rows: &[u32]) -> Self {
        let edges = edges(feature, rows);
        let of = |row: &u32| bin(&edges, feature.values[*row as usize]);
        Self {
            bins: rows.iter().map(of).collect(),
            heights: vec![0.0; edges.len() + 1],
            weights: Vec::new(),
            worth: Vec::new(),
            feature,
            edges,
        }
    }

    /// Sums weights by bin. Within a listing, `w` of information about a bin are worth `w / (1 +
    /// variance w)`, because the listing's own unknown does not average out.
    fn weigh(&mut self, weights: &[f64], training: Training<'_>, variance: f64) {
        let bins = self.heights.len();
        let listings = training
            .listings
            .iter()
            .map(|listing| *listing as usize + 1);
        let mut cells = vec![0.0; bins * listings.max().unwrap_or(0)];
        for ((bin, weight), row) in self.bins.iter().zip(weights).zip(training.rows) {
            if *bin != ABSENT {
                let listing = training.listings[*row as usize] as usize;
                cells[listing * bins + *bin as usize] += weight;
            }
        }
        self.weights = vec![0.0; bins];
        self.worth = vec![0.0; bins];
        for listing in cells.chunks_exact(bins) {
            for (bin, weight) in listing.iter().enumerate() {
                self.weights[bin] += weight;
                self.worth[bin] += weight / (1.0 + variance * weight);
            }
        }
    }

    /// Fits the curve to what the others leave, and puts the change into the residuals.
    fn refit(&mut self, weights: &[f64], residuals: &mut [f64], shrinkage: f64) {
        let mut sums = vec![0.0; self.heights.len()];
        for ((bin, weight), residual) in self.bins.iter().zip(weights).zip(&*residuals) {
            if *bin != ABSENT {
                sums[*bin as usize] += weight * residual;
            }
        }
        let targets: Vec<f64> = sums
            .iter()
            .zip(&self.weights)
            .zip(&self.heights)
            .map(|((sum, weight), height)| height + sum / weight.max(f64::MIN_POSITIVE))
            .collect();
        let next = solve(&self.worth, &targets, self.feature.direction, shrinkage);
        let change: Vec<f64> = next.iter().zip(&self.heights).map(|(n, o)| n - o).collect();
        for (bin, residual) in self.bins.iter().zip(residuals) {
            if *bin != ABSENT {
                *residual -= change[*bin as usize];
            }
        }
        self.heights = next;
    }

    fn into_curve(self) -> Curve {
        Curve {
            feature: self.feature.name.clone(),
            edges: self.edges,
            heights: self.heights,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::detect::features::Direction;

    /// Ten thousand rows for each of four values; the share manipulated is 10, 20, 60, 40 %.
    fn rows() -> (Vec<f32>, Vec<bool>) {
        let shares = [1, 2, 6, 4];
        let row = |row: usize| (row / 10_000, row % 10 < shares[row / 10_000]);
        let rows = (0..40_000).map(row);
        rows.map(|(value, label)| (value as f32, label)).unzip()
    }

    fn fitted(direction: Direction) -> Vec<f64> {
        let (values, labels) = rows();
        let feature = Feature {
            name: "x".to_owned(),
            direction,
            shape: Shape::Curve,
            values,
        };
        let all: Vec<u32> = (0..40_000).collect();
        let features = [feature];
        let training = Training {
            rows: &all,
            labels: &labels,
            listings: &all,
        };
        let model = fit(&features, training).unwrap();
        let scores = model.score(&features).unwrap();
        let share = scores.iter().map(|score| logistic(*score)).sum::<f64>() / 40_000.0;
        assert!(
            (share - 0.325).abs() < 1e-3,
            "calibrated in the mean: {share}"
        );
        [0, 10_000, 20_000, 30_000]
            .map(|row| logistic(scores[row]))
            .to_vec()
    }

    #[test]
    fn fit_finds_shares_and_keeps_directions() {
        for (found, share) in fitted(Direction::Free).iter().zip([0.1, 0.2, 0.6, 0.4]) {
            assert!((found - share).abs() < 0.06, "{found} is not {share}");
        }
        let rising = fitted(Direction::Rising);
        assert!(rising.is_sorted() && (rising[3] - 0.5).abs() < 0.06);
        let falling = fitted(Direction::Falling);
        assert!(falling.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn labels_of_one_class_are_refused() {
        let training = Training {
            rows: &[0, 1],
            labels: &[true, true],
            listings: &[0, 0],
        };
        let fitted = fit(&[], training);
        assert!(matches!(fitted, Err(ModelError::OneKind)));
    }
}
