//! Filters and smooths the local linear trend (Kalman), in units of the noise's variance.

/// Variance of level and slope before the first value, as a multiple of the noise: large enough to be
/// diffuse, small enough to leave the arithmetic its digits.
const DIFFUSE: f64 = 1e6;

/// A symmetric two by two matrix, or a plain one.
pub(super) type Matrix = [[f64; 2]; 2];

/// Variances of level and slope steps, as multiples of the noise's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratios {
    pub(super) level: f64,
    pub(super) slope: f64,
}

/// Mean and variance of level and slope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Belief {
    pub(super) mean: [f64; 2],
    pub(super) variance: Matrix,
}

/// One month of the forward pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Belief before its value.
    pub(super) predicted: Belief,
    /// Belief after it.
    filtered: Belief,
    /// Innovation and its variance, where there was a value.
    pub(super) innovation: Option<(f64, f64)>,
}

/// The forward pass through a series.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    pub(super) steps: Vec<Step>,
}

impl Pass {
    /// Filters a series whose first month has a value: starting there keeps the numbers small.
    pub(super) fn run(series: &[Option<f64>], ratios: Ratios) -> Self {
        let origin = series.first().copied().flatten().unwrap_or(0.0);
        let mut predicted = Belief {
            mean: [origin, 0.0],
            variance: [[DIFFUSE, 0.0], [0.0, DIFFUSE]],
        };
        let mut steps = Vec::with_capacity(series.len());
        for value in series {
            let (filtered, innovation) = match value {
                Some(value) => {
                    let (filtered, surprise) = update(&predicted, *value);
                    (filtered, Some(surprise))
                }
                None => (predicted, None),
            };
            steps.push(Step {
                predicted,
                filtered,
                innovation,
            });
            predicted = predict(&filtered, ratios);
        }
        Self { steps }
    }

    /// Innovations without the first two, which only fix the line.
    fn informative(&self) -> impl Iterator<Item = (f64, f64)> {
        self.steps.iter().filter_map(|step| step.innovation).skip(2)
    }

    /// Maximum likelihood estimate of the noise's variance.
    pub(super) fn scale(&self) -> f64 {
        let (sum, count) =
            self.informative()
                .fold((0.0, 0.0), |(sum, count), (surprise, variance)| {
                    (sum + surprise * surprise / variance, count + 1.0)
                });
        sum / f64::max(count, 1.0)
    }

    /// Diffuse log-likelihood at the most likely scale, up to a constant (Harvey, 1989, 4.5.3).
    pub(super) fn log_likelihood(&self) -> f64 {
        let (logs, count) = self
            .informative()
            .fold((0.0, 0.0), |(logs, count), (_, variance)| {
                (logs + libm::log(variance), count + 1.0)
            });
        -0.5 * (count * libm::log(self.scale().max(f64::MIN_POSITIVE)) + logs)
    }

    /// Smooths every month by the later ones (Rauch, Tung and Striebel, 1965).
    pub(super) fn smooth(&self) -> Smoothed {
        let mut beliefs: Vec<Belief> = self.steps.iter().map(|step| step.filtered).collect();
        let mut gains = vec![[[0.0; 2]; 2]; beliefs.len()];
        for month in (0..beliefs.len().saturating_sub(1)).rev() {
            let filtered = self.steps[month].filtered;
            let ahead = self.steps[month + 1].predicted;
            let later = beliefs[month + 1];
            let gain = product(
                &forward_right(&filtered.variance),
                &inverse(&ahead.variance),
            );
            let off = [later.mean[0] - ahead.mean[0], later.mean[1] - ahead.mean[1]];
            let spread = difference(&later.variance, &ahead.variance);
            let moved = product(&product(&gain, &spread), &transposed(&gain));
            beliefs[month] = Belief {
                mean: [
                    filtered.mean[0] + gain[0][0] * off[0] + gain[0][1] * off[1],
                    filtered.mean[1] + gain[1][0] * off[0] + gain[1][1] * off[1],
                ],
                variance: sum(&filtered.variance, &moved),
            };
            gains[month] = gain;
        }
        Smoothed { beliefs, gains }
    }
}

/// Smoothed beliefs of all months.
#[derive(Clone, Debug)]
pub(super) struct Smoothed {
    beliefs: Vec<Belief>,
    gains: Vec<Matrix>,
}

impl Smoothed {
    /// The last month.
    pub(super) fn last(&self) -> Option<&Belief> {
        self.beliefs.last()
    }

    /// Level of the last month minus that of `back` months before, and its variance. Two months
    /// far apart vary together through the product of the gains between them (de Jong and
    /// Mackinnon, 1988).
    pub(super) fn change(&self, back: usize) -> Option<(f64, f64)> {
        let last = self.beliefs.len().checked_sub(1)?;
        let then = last.checked_sub(back)?;
        let (now, past) = (&self.beliefs[last], &self.beliefs[then]);
        let mut covariance = now.variance;
        for month in (then..last).rev() {
            covariance = product(&self.gains[month], &covariance);
        }
        let variance = now.variance[0][0] + past.variance[0][0] - 2.0 * covariance[0][0];
        Some((now.mean[0] - past.mean[0], variance.max(0.0)))
    }
}

/// Updates by a value, with the variance in Joseph's form, which stays positive.
fn update(predicted: &Belief, value: f64) -> (Belief, (f64, f64)) {
    let p = &predicted.variance;
    let variance = p[0][0] + 1.0;
    let surprise = value - predicted.mean[0];
    let gain = [p[0][0] / variance, p[1][0] / variance];
    // One minus the gain, without the loss of digits of a difference.
    let keep = 1.0 / variance;
    let level = keep * keep * p[0][0] + gain[0] * gain[0];
    let both = keep * (p[0][1] - gain[1] * p[0][0]) + gain[0] * gain[1];
    let slope = p[1][1] - 2.0 * gain[1] * p[0][1] + gain[1] * gain[1] * variance;
    let filtered = Belief {
        mean: [
            predicted.mean[0] + gain[0] * surprise,
            predicted.mean[1] + gain[1] * surprise,
        ],
        variance: [[level, both], [both, slope.max(0.0)]],
    };
    (filtered, (surprise, variance))
}

/// Predicts the next month: the level moves by the slope.
fn predict(filtered: &Belief, ratios: Ratios) -> Belief {
    let v = &filtered.variance;
    let both = v[0][1] + v[1][1];
    Belief {
        mean: [filtered.mean[0] + filtered.mean[1], filtered.mean[1]],
        variance: [
            [v[0][0] + v[0][1] + both + ratios.level, both],
            [both, v[1][1] + ratios.slope],
        ],
    }
}

/// Multiplies a variance by the transposed transition.
fn forward_right(v: &Matrix) -> Matrix {
    [[v[0][0] + v[0][1], v[0][1]], [v[1][0] + v[1][1], v[1][1]]]
}

pub(super) fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let cell = |i: usize, j: usize| a[i][0] * b[0][j] + a[i][1] * b[1][j];
    [[cell(0, 0), cell(0, 1)], [cell(1, 0), cell(1, 1)]]
}

pub(super) fn transposed(a: &Matrix) -> Matrix {
    [[a[0][0], a[1][0]], [a[0][1], a[1][1]]]
}

pub(super) fn sum(a: &Matrix, b: &Matrix) -> Matrix {
    [
        [a[0][0] + b[0][0], a[0][1] + b[0][1]],
        [a[1][0] + b[1][0], a[1][1] + b[1][1]],
    ]
}

fn difference(a: &Matrix, b: &Matrix) -> Matrix {
    [
        [a[0][0] - b[0][0], a[0][1] - b[0][1]],
        [a[1][0] - b[1][0], a[1][1] - b[1][1]],
    ]
}

/// Inverts a predicted variance; the steps' own variances keep it from being singular.
fn inverse(a: &Matrix) -> Matrix {
    let determinant = a[0][0] * a[1][1] - a[0][1] * a[1][0];
    let scale = 1.0 / determinant;
    [
        [a[1][1] * scale, -a[0][1] * scale],
        [-a[1][0] * scale, a[0][0] * scale],
    ]
}
