//! Breaks of level and slope: auxiliary residuals (Harvey and Koopman, 1992).

use super::filter::{Pass, product, sum, transposed};

/// From here on a standardised residual is a break: about one false one in 50 series of three
/// years.
const THRESHOLD: f64 = 3.7;
/// Months around a break that belong to it.
const NEAR: usize = 2;
/// Fewest months with a value before breaks are looked for.
const MONTHS_LEAST: usize = 8;
/// Most breaks that are named, the largest.
const BREAKS_MOST: usize = 6;

/// What broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakKind {
    /// The level jumped.
    Level,
    /// The slope turned.
    Slope,
}

/// A break.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// Place in the series of the first month after the break, from 0.
    pub month: usize,
    /// What broke.
    pub kind: BreakKind,
    /// The residual in standard deviations, its sign the direction.
    pub strength: f64,
}

/// The breaks of a series, oldest first; `scale` is the noise's standard deviation.
pub(super) fn change_points(pass: &Pass, scale: f64) -> Vec<ChangePoint> {
    let steps = &pass.steps;
    let values = steps
        .iter()
        .filter(|step| step.innovation.is_some())
        .count();
    if values < MONTHS_LEAST {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut residual = [0.0_f64; 2];
    let mut weight = [[0.0_f64; 2]; 2];
    // Backwards: before month t is folded in, both speak of the step from t to t + 1.
    for (month, step) in steps.iter().enumerate().rev() {
        for (place, kind) in [(0, BreakKind::Level), (1, BreakKind::Slope)] {
            let spread = libm::sqrt(weight[place][place].max(0.0));
            // Beside the ends a jump is one odd value.
            let inside = month >= 2 && month + 3 < steps.len();
            if inside && spread > 1e-9 {
                let strength = residual[place] / (spread * scale);
                if strength.abs() >= THRESHOLD {
                    found.push(ChangePoint {
                        month: month + 1,
                        kind,
                        strength,
                    });
                }
            }
        }
        (residual, weight) = fold(step, residual, weight);
    }
    largest(found)
}

/// One month back (de Jong, 1989).
fn fold(
    step: &super::filter::Step,
    residual: [f64; 2],
    weight: super::filter::Matrix,
) -> ([f64; 2], super::filter::Matrix) {
    let mut along = [[1.0, 1.0], [0.0, 1.0]];
    let mut own = ([0.0; 2], [[0.0; 2]; 2]);
    if let Some((surprise, variance)) = step.innovation {
        let p = &step.predicted.variance;
        let gain = [(p[0][0] + p[1][0]) / variance, p[1][0] / variance];
        along[0][0] -= gain[0];
        along[1][0] -= gain[1];
        own = (
            [surprise / variance, 0.0],
            [[1.0 / variance, 0.0], [0.0, 0.0]],
        );
    }
    let back = transposed(&along);
    let moved = [
        back[0][0] * residual[0] + back[0][1] * residual[1] + own.0[0],
        back[1][0] * residual[0] + back[1][1] * residual[1] + own.0[1],
    ];
    let weight = sum(&product(&product(&back, &weight), &along), &own.1);
    (moved, weight)
}

/// Of residuals near each other the largest.
fn largest(mut found: Vec<ChangePoint>) -> Vec<ChangePoint> {
    found.sort_by(|a, b| {
        let (left, right) = (a.strength.abs(), b.strength.abs());
        right.total_cmp(&left).then(a.month.cmp(&b.month))
    });
    let mut kept: Vec<ChangePoint> = Vec::new();
    for point in found {
        let apart = |held: &ChangePoint| held.month.abs_diff(point.month) > NEAR;
        if kept.len() < BREAKS_MOST && kept.iter().all(apart) {
            kept.push(point);
        }
    }
    kept.sort_by_key(|point| point.month);
    kept
}
