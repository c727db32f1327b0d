//! Finds breaks of level and slope by auxiliary residuals (Harvey and Koopman, 1992).

use super::filter::{Matrix, Pass, Step, product, sum, transposed};

/// Least standardised residual of a break: about one false break in 50 series of three years.
const THRESHOLD: f64 = 3.7;
/// Months around a break that belong to it.
const NEAR: usize = 2;
/// Fewest months with a value before breaks are looked for.
const MONTHS_LEAST: usize = 8;
/// Most breaks that are returned, the largest.
const BREAKS_MOST: usize = 6;

/// The part of the trend that broke.
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
    /// Index in the series of the first month after the break.
    pub month: usize,
    /// The part that broke.
    pub kind: BreakKind,
    /// The residual in standard deviations; its sign is the direction.
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
    let mut breaks = Vec::new();
    let mut residuals = Residuals::default();
    // Backwards: before month t is added, the residuals are of the step from t to t + 1.
    for (month, step) in steps.iter().enumerate().rev() {
        for (element, kind) in [(0, BreakKind::Level), (1, BreakKind::Slope)] {
            let spread = libm::sqrt(residuals.weight[element][element].max(0.0));
            // Beside the ends a jump is one odd value.
            let inside = month >= 2 && month + 3 < steps.len();
            if inside && spread > 1e-9 {
                let strength = residuals.sum[element] / (spread * scale);
                if strength.abs() >= THRESHOLD {
                    breaks.push(ChangePoint {
                        month: month + 1,
                        kind,
                        strength,
                    });
                }
            }
        }
        residuals = residuals.back(step);
    }
    largest(breaks)
}

/// Auxiliary residuals of level and slope, and their variance.
#[derive(Clone, Copy, Default)]
struct Residuals {
    sum: [f64; 2],
    weight: Matrix,
}

impl Residuals {
    /// The residuals one month earlier (de Jong, 1989).
    fn back(self, step: &Step) -> Self {
        let mut transition = [[1.0, 1.0], [0.0, 1.0]];
        let mut own = Self::default();
        if let Some((surprise, variance)) = step.innovation {
            let p = &step.predicted.variance;
            let gain = [(p[0][0] + p[1][0]) / variance, p[1][0] / variance];
            transition[0][0] -= gain[0];
            transition[1][0] -= gain[1];
            own.sum[0] = surprise / variance;
            own.weight[0][0] = 1.0 / variance;
        }
        let back = transposed(&transition);
        let element =
            |row: usize| back[row][0] * self.sum[0] + back[row][1] * self.sum[1] + own.sum[row];
        Self {
            sum: [element(0), element(1)],
            weight: sum(
                &product(&product(&back, &self.weight), &transition),
                &own.weight,
            ),
        }
    }
}

/// Keeps the largest of residuals near each other.
fn largest(mut breaks: Vec<ChangePoint>) -> Vec<ChangePoint> {
    breaks.sort_by(|a, b| {
        let (left, right) = (a.strength.abs(), b.strength.abs());
        right.total_cmp(&left).then(a.month.cmp(&b.month))
    });
    let mut kept: Vec<ChangePoint> = Vec::new();
    for point in breaks {
        let apart = |other: &ChangePoint| other.month.abs_diff(point.month) > NEAR;
        if kept.len() < BREAKS_MOST && kept.iter().all(apart) {
            kept.push(point);
        }
    }
    kept.sort_by_key(|point| point.month);
    kept
}
