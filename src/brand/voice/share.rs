//! Computes probabilities of uncertain shares: beta posteriors in log-odds, by quadrature.

use crate::stats::normal_cdf;

/// Grid points of the widest standard deviation: the error of a probability is far below the digits
/// that readers see.
const FINENESS: f64 = 24.0;
/// Standard deviations of the grid on either side.
const REACH: f64 = 9.0;

/// Weighted counts of reviews that mention something.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    /// Reviews that mention it; at most `of`.
    pub with: f64,
    /// All reviews.
    pub of: f64,
}

impl Counts {
    /// Adds a review.
    pub(crate) fn add(&mut self, mentions: bool, weight: f64) {
        self.of += weight;
        if mentions {
            self.with += weight;
        }
    }

    /// The share; none without reviews.
    pub(super) fn share(&self) -> Option<f64> {
        (self.of > 0.0).then(|| self.with / self.of)
    }

    /// Scales the counts: fewer reviews with the same share.
    pub(super) fn shrunk(&self, factor: f64) -> Self {
        Self {
            with: self.with * factor,
            of: self.of * factor,
        }
    }

    /// The beta posterior under Jeffreys' prior.
    fn posterior(&self) -> Beta {
        let with = self.with.clamp(0.0, self.of.max(0.0));
        Beta {
            a: with + 0.5,
            b: self.of.max(0.0) - with + 0.5,
        }
    }
}

/// A beta distribution.
struct Beta {
    a: f64,
    b: f64,
}

impl Beta {
    /// Asymptotic mean of its log-odds (Johnson, Kotz and Balakrishnan, 1995, 25.8).
    fn log_odds_mean(&self) -> f64 {
        libm::log(f64::max(self.a - 0.5, 0.25) / f64::max(self.b - 0.5, 0.25))
    }

    /// Asymptotic standard deviation of its log-odds: wide enough for a grid.
    fn log_odds_sd(&self) -> f64 {
        let Self { a, b } = self;
        libm::sqrt(1.0 / a + 1.0 / b + 1.0 / (a * a) + 1.0 / (b * b))
    }
}

/// Masses of log-odds at multiples of a step.
struct Masses {
    /// The first multiple.
    first: i64,
    masses: Vec<f64>,
}

/// The log-odds of a share, times `sign`.
fn log_odds(counts: &Counts, sign: f64, step: f64) -> Masses {
    let beta = counts.posterior();
    let (mean, sd) = (beta.log_odds_mean(), beta.log_odds_sd());
    let Beta { a, b } = beta;
    let low = libm::floor((mean - REACH * sd) / step) as i64;
    let high = libm::ceil((mean + REACH * sd) / step) as i64;
    let mut masses: Vec<f64> = (low..=high)
        .map(|multiple| {
            let odds = multiple as f64 * step;
            // log of e^(a x) / (1 + e^x)^(a + b), without overflow.
            let log_one = odds.max(0.0) + libm::log1p(libm::exp(-odds.abs()));
            a * odds - (a + b) * log_one
        })
        .collect();
    let most = masses.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for mass in &mut masses {
        *mass = libm::exp(*mass - most);
        sum += *mass;
    }
    for mass in &mut masses {
        *mass /= sum;
    }
    if sign < 0.0 {
        masses.reverse();
        return Masses {
            first: -high,
            masses,
        };
    }
    Masses { first: low, masses }
}

/// The sum of two independent variables.
fn convolved(left: &Masses, right: &Masses) -> Masses {
    let mut masses = vec![0.0; left.masses.len() + right.masses.len() - 1];
    for (index, mass) in left.masses.iter().enumerate() {
        if *mass < 1e-15 {
            continue;
        }
        for (sum, other) in masses[index..].iter_mut().zip(&right.masses) {
            *sum += mass * other;
        }
    }
    Masses {
        first: left.first + right.first,
        masses,
    }
}

/// A signed sum of log-odds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Contrast {
    /// Probability that it is below 0.
    pub(super) below: f64,
    pub(super) mean: f64,
    pub(super) sd: f64,
}

/// Sums the log-odds of independent shares, each times its sign, and a normal disturbance with
/// variance `extra`. None without parts.
pub(super) fn contrast(parts: &[(f64, Counts)], extra: f64) -> Option<Contrast> {
    let sds = || {
        parts
            .iter()
            .map(|(_, counts)| counts.posterior().log_odds_sd())
    };
    let widest = sds().fold(0.0, f64::max);
    // A part much narrower than a step would be missed between two points.
    let narrowest = sds().fold(f64::INFINITY, f64::min);
    let step = (widest / FINENESS).min(narrowest * 2.0).max(widest / 400.0);
    let mut all = parts
        .iter()
        .map(|(sign, counts)| log_odds(counts, *sign, step));
    let first = all.next()?;
    let sum = all.fold(first, |sum, part| convolved(&sum, &part));
    let at = |index: usize| (sum.first + index as i64) as f64 * step;
    let mean: f64 = sum.masses.iter().enumerate().map(|(i, m)| m * at(i)).sum();
    let variance: f64 = sum
        .masses
        .iter()
        .enumerate()
        .map(|(i, m)| m * (at(i) - mean) * (at(i) - mean))
        .sum();
    let blur = libm::sqrt(extra.max(0.0));
    let below = sum.masses.iter().enumerate().map(|(i, mass)| {
        let odds = at(i);
        let share = if blur > 0.0 {
            normal_cdf(-odds / blur)
        } else if odds == 0.0 {
            0.5
        } else {
            f64::from(u8::from(odds < 0.0))
        };
        mass * share
    });
    let below: f64 = below.sum();
    Some(Contrast {
        below: below.clamp(0.0, 1.0),
        mean,
        sd: libm::sqrt(variance + extra.max(0.0)),
    })
}

/// The probability that the share behind `later` is above that behind `earlier`.
pub(super) fn rose(earlier: &Counts, later: &Counts) -> f64 {
    contrast(&[(1.0, *earlier), (-1.0, *later)], 0.0).map_or(0.5, |found| found.below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(with: f64, of: f64) -> Counts {
        Counts { with, of }
    }

    #[test]
    fn equal_counts_rise_with_one_half() {
        for (with, of) in [(0.0, 0.0), (3.0, 10.0), (0.0, 500.0), (20_000.0, 100_000.0)] {
            let found = rose(&counts(with, of), &counts(with, of));
            assert!((found - 0.5).abs() < 1e-6, "{with} of {of}: {found}");
        }
    }

    #[test]
    fn rise_of_small_betas_by_hand() {
        // Half counts make the posteriors Beta(1, 1) and Beta(2, 1): P(later above) is
        // the integral of x² 2 / 2... of F(x) = x against 2x: 2/3.
        let found = rose(&counts(0.5, 1.0), &counts(1.5, 2.0));
        assert!((found - 2.0 / 3.0).abs() < 2e-3, "{found}");
        // Beta(1, 1) against Beta(1, 3): the integral of x · 3 (1 - x)² is 1/4.
        let found = rose(&counts(0.5, 1.0), &counts(0.5, 3.0));
        assert!((found - 0.25).abs() < 2e-3, "{found}");
    }

    #[test]
    fn rise_of_large_counts_is_normal() {
        // 10 against 12 % of 1000: log-odds -2.197 and -1.992, variance 1/100 + 1/900 + 1/120 +
        // 1/880, so the difference is 0.205 / 0.1438 = 1.42 standard deviations.
        let found = rose(&counts(100.0, 1000.0), &counts(120.0, 1000.0));
        assert!((found - normal_cdf(1.424)).abs() < 0.005, "{found}");
    }

    #[test]
    fn disturbance_widens_a_contrast() {
        let parts = [(1.0, counts(5.0, 100.0)), (-1.0, counts(20.0, 100.0))];
        let sure = contrast(&parts, 0.0).unwrap();
        let vague = contrast(&parts, 4.0).unwrap();
        assert!(sure.below > 0.99 && vague.below < 0.85 && vague.below > 0.5);
        assert!((vague.sd * vague.sd - sure.sd * sure.sd - 4.0).abs() < 1e-9);
        assert!(contrast(&[], 0.0).is_none());
    }
}
