//! Distributions in closed form or by fixed sums, so that they are equal on every machine.

use std::f64::consts::{PI, SQRT_2};

/// Distribution function of the standard normal.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// Distribution function of Student's t with whole degrees of freedom of at least 1, by its finite
/// series (Abramowitz and Stegun, 1964, 26.7.3 and 26.7.4); normal from 400 on.
pub fn student_cdf(t: f64, degrees: u32) -> f64 {
    if degrees >= 400 {
        return normal_cdf(t);
    }
    let n = f64::from(degrees.max(1));
    let theta = libm::atan(t / libm::sqrt(n));
    let (sine, cosine) = (libm::sin(theta), libm::cos(theta));
    let squared = cosine * cosine;
    // Both series multiply by cos² and by k / (k + 1), from 2 / 3 on and from 1 / 2 on.
    let odd = degrees % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = if degrees == 1 { 0.0 } else { term };
    let mut k = if odd { 2.0 } else { 1.0 };
    while k + 1.0 < n - 0.5 {
        term *= squared * k / (k + 1.0);
        sum += term;
        k += 2.0;
    }
    let central = if odd {
        2.0 / PI * (theta + sine * sum)
    } else {
        sine * sum
    };
    (0.5 + 0.5 * central).clamp(0.0, 1.0)
}

/// Quantile of Student's t at a share of at least one half, by bisection.
pub fn student_quantile(share: f64, degrees: u32) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    while student_cdf(high, degrees) < share && high < 1e6 {
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if student_cdf(middle, degrees) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_the_table_of_student() {
        for (degrees, expected) in [
            (1, 6.3138),
            (2, 2.9200),
            (3, 2.3534),
            (4, 2.1318),
            (10, 1.8125),
            (11, 1.7959),
            (30, 1.6973),
            (1000, 1.6449),
        ] {
            let found = student_quantile(0.95, degrees);
            assert!((found - expected).abs() < 1e-4, "{degrees}: {found}");
        }
        // With one degree it is Cauchy's: 3/4 below 1.
        assert!((student_cdf(1.0, 1) - 0.75).abs() < 1e-12);
        // With two: 1/2 + t / (2 sqrt(2 + t²)).
        assert!((student_cdf(1.0, 2) - (0.5 + 0.5 / 3.0_f64.sqrt())).abs() < 1e-12);
        assert!((student_cdf(0.0, 7) - 0.5).abs() < 1e-12);
        assert!((normal_cdf(1.959_964) - 0.975).abs() < 1e-6);
    }
}
