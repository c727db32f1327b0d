//! Fits the additive model.

use super::binned::{ABSENT, bin, edges};
use super::curve::solve;
use super::model::{Curve, Model, ModelError};
use crate::integrity::detect::features::Feature;
use crate::integrity::logistic;

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
}

/// Learns from the labels of the given rows: penalised iteratively reweighted least squares with
/// backfitting (Hastie and Tibshirani, 1990). `labels` has one entry a row in `rows`.
pub fn fit(features: &[Feature], rows: &[u32], labels: &[bool]) -> Result<Model, ModelError> {
    fit_beyond(features, rows, labels, &vec![0.0; rows.len()])
}

/// Learns what the features add to log-odds that are known already, one entry a row in `rows`.
pub fn fit_beyond(
    features: &[Feature],
    rows: &[u32],
    labels: &[bool],
    known: &[f64],
) -> Result<Model, ModelError> {
    let manipulated = labels.iter().filter(|label| **label).count();
    if manipulated == 0 || manipulated == rows.len() || rows.len() != labels.len() {
        return Err(ModelError::OneKind);
    }
    let mut blocks: Vec<Block<'_>> = features
        .iter()
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
        for _ in 0..SWEEPS {
            intercept += take_mean(&weights, &mut residuals);
            for block in &mut blocks {
                block.refit(&weights, &mut residuals);
            }
        }
        // What left the residuals went into the scores.
        for ((score, before), residual) in scores.iter_mut().zip(before).zip(&residuals) {
            *score += before - residual;
        }
    }
    let curves = blocks.into_iter().map(Block::into_curve).collect();
    Ok(Model::new(
        rows.len() as u64,
        manipulated as u64,
        intercept,
        curves,
    ))
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
            feature,
            edges,
        }
    }

    /// Fits the curve to what the others leave, and puts the change into the residuals.
    fn refit(&mut self, weights: &[f64], residuals: &mut [f64]) {
        let mut sums = vec![(0.0, 0.0); self.heights.len()];
        for ((bin, weight), residual) in self.bins.iter().zip(weights).zip(&*residuals) {
            if *bin != ABSENT {
                let sum = &mut sums[*bin as usize];
                *sum = (sum.0 + weight, sum.1 + weight * residual);
            }
        }
        let bin_weights: Vec<f64> = sums.iter().map(|sum| sum.0).collect();
        let targets: Vec<f64> = sums
            .iter()
            .zip(&self.heights)
            .map(|((weight, sum), height)| height + sum / weight.max(f64::MIN_POSITIVE))
            .collect();
        let next = solve(&bin_weights, &targets, self.feature.direction);
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
            values,
        };
        let all: Vec<u32> = (0..40_000).collect();
        let features = [feature];
        let model = fit(&features, &all, &labels).unwrap();
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
    fn shares_are_found_and_directions_kept() {
        for (found, share) in fitted(Direction::Free).iter().zip([0.1, 0.2, 0.6, 0.4]) {
            assert!((found - share).abs() < 0.06, "{found} is not {share}");
        }
        let rising = fitted(Direction::Rising);
        assert!(rising.is_sorted() && (rising[3] - 0.5).abs() < 0.06);
        let falling = fitted(Direction::Falling);
        assert!(falling.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn one_kind_teaches_nothing() {
        let fitted = fit(&[], &[0, 1], &[true, true]);
        assert!(matches!(fitted, Err(ModelError::OneKind)));
    }
}
