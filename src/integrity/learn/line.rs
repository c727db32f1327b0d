//! Rescales log-odds that are known without labels (Platt, 1999).

use super::model::Line;
use crate::integrity::detect::features::Feature;
use crate::stats::logistic;

/// Newton steps; the likelihood is concave in two numbers.
const STEPS: usize = 25;
/// Times that a step is halved.
const HALVINGS: usize = 30;
/// Weight of the squared distance from the line that changes nothing.
const PRIOR: f64 = 1.0;

/// Fits intercept and slope on the rows where the feature has a value; `beside` is what is added to
/// the line, an entry a row.
pub(super) fn fit_line(feature: &Feature, rows: &[u32], labels: &[bool], beside: &[f64]) -> Line {
    let known: Vec<Row> = rows
        .iter()
        .map(|row| f64::from(feature.values[*row as usize]))
        .zip(labels.iter().map(|label| f64::from(u8::from(*label))))
        .zip(beside)
        .map(|((value, label), beside)| (value, label, *beside))
        .filter(|(value, ..)| !value.is_nan())
        .collect();
    let (mut intercept, mut slope) = (0.0, 1.0);
    let mut best = likelihood(&known, intercept, slope);
    for _ in 0..STEPS {
        let (rise, turn) = newton(&known, intercept, slope);
        // Far from its end a whole step may lead away: the likelihood is concave, so that a part of
        // it does not.
        let parts = std::iter::successors(Some(1.0), |part| Some(part / 2.0)).take(HALVINGS);
        let better = parts
            .map(|part| (intercept + part * rise, slope + part * turn))
            .map(|(intercept, slope)| (likelihood(&known, intercept, slope), intercept, slope))
            .find(|(found, ..)| *found > best);
        let Some(found) = better else { break };
        (best, intercept, slope) = found;
    }
    Line {
        feature: feature.name.clone(),
        intercept,
        slope,
    }
}

/// Value, label, and what is added to the line.
type Row = (f64, f64, f64);

/// Log-likelihood less half the prior's squares.
fn likelihood(known: &[Row], intercept: f64, slope: f64) -> f64 {
    let of = |(value, label, beside): &Row| {
        let log_odds = beside + intercept + slope * value;
        // `ln(1 + e^x)` without overflow.
        let normaliser = log_odds.max(0.0) + libm::log1p(libm::exp(-log_odds.abs()));
        label * log_odds - normaliser
    };
    let prior = intercept * intercept + (slope - 1.0) * (slope - 1.0);
    known.iter().map(of).sum::<f64>() - PRIOR * prior / 2.0
}

/// A whole Newton step of intercept and slope.
fn newton(known: &[Row], intercept: f64, slope: f64) -> (f64, f64) {
    let mut gradient = (-PRIOR * intercept, -PRIOR * (slope - 1.0));
    let (mut flat, mut mixed, mut steep) = (PRIOR, 0.0, PRIOR);
    for (value, label, beside) in known {
        let probability = logistic(beside + intercept + slope * value);
        let weight = probability * (1.0 - probability);
        gradient.0 += label - probability;
        gradient.1 += (label - probability) * value;
        flat += weight;
        mixed += weight * value;
        steep += weight * value * value;
    }
    let determinant = flat * steep - mixed * mixed;
    (
        (steep * gradient.0 - mixed * gradient.1) / determinant,
        (flat * gradient.1 - mixed * gradient.0) / determinant,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::detect::features::{Direction, Shape};

    #[test]
    fn overconfident_detector_is_rescaled() {
        // The detector's log-odds are -2 and 2; the shares are 0.2 and 0.5.
        let feature = Feature {
            name: "detector".to_owned(),
            direction: Direction::Rising,
            shape: Shape::Line,
            values: (0..20_000)
                .map(|row| [-2.0, 2.0, f32::NAN][row % 3])
                .collect(),
        };
        let rows: Vec<u32> = (0..20_000).collect();
        let of = |row: &u32| match row % 3 {
            0 => (row / 3).is_multiple_of(5),
            1 => (row / 3).is_multiple_of(2),
            _ => true,
        };
        let labels: Vec<bool> = rows.iter().map(of).collect();
        let line = fit_line(&feature, &rows, &labels, &vec![0.0; rows.len()]);
        assert!((logistic(line.at(-2.0)) - 0.2).abs() < 0.01, "{line:?}");
        assert!((logistic(line.at(2.0)) - 0.5).abs() < 0.01, "{line:?}");
        let nothing = fit_line(&feature, &[], &[], &[]);
        assert_eq!((nothing.intercept, nothing.slope), (0.0, 1.0));
        // Evidence beside the line is subtracted from it.
        let beside = fit_line(&feature, &rows, &labels, &vec![0.7; rows.len()]);
        assert!((beside.intercept + 0.7 - line.intercept).abs() < 0.01);
    }
}
