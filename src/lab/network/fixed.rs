//! Fixed-point log-odds, so that a sum does not depend on its order.

/// Parts of one unit of log-odds. A message is within 100 units, so it fits 32 bits; a sum of four
/// billion of them fits 64.
const UNIT: f64 = 16_777_216.0;
/// Bound of evidence in units.
const BOUND: f64 = 100.0;
/// Replacement of a prior of exactly 0 or 1, whose log-odds are infinite.
const EDGE: f64 = 1e-5;
/// Parts of one in a probability.
const WHOLE: f64 = 4_294_967_295.0;

/// Converts log-odds to fixed point; bounded, and 0 for NaN.
pub(super) fn fix(log_odds: f64) -> i32 {
    (log_odds.clamp(-BOUND, BOUND) * UNIT).round() as i32
}

/// Converts fixed point to log-odds.
pub(super) fn float(fixed: i64) -> f64 {
    fixed as f64 / UNIT
}

/// Converts a probability to parts of a whole.
pub(super) fn parts(probability: f64) -> u32 {
    (probability * WHOLE).round() as u32
}

/// Converts parts of a whole to a probability, or to a sum of them.
pub(super) fn share(parts: i64) -> f64 {
    parts as f64 / WHOLE
}

/// Returns the bounded natural log of the odds of a probability.
pub(super) fn log_odds(probability: f64) -> f64 {
    let inside = if probability <= 0.0 {
        EDGE
    } else if probability >= 1.0 {
        1.0 - EDGE
    } else {
        probability
    };
    libm::log(inside / (1.0 - inside)).clamp(-BOUND, BOUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_are_inverse_and_bounded() {
        for value in [-100.0, -1.5, 0.0, 0.25, 11.5, 100.0] {
            assert_eq!(float(i64::from(fix(value))), value);
        }
        assert_eq!(fix(f64::INFINITY), fix(100.0));
        assert_eq!(fix(f64::NAN), 0);
        assert_eq!((parts(0.0), parts(1.0)), (0, u32::MAX));
        assert!((share(i64::from(parts(0.3))) - 0.3).abs() < 1e-9);
    }

    #[test]
    fn certain_priors_stay_finite() {
        assert_eq!(log_odds(0.5), 0.0);
        assert!((log_odds(0.0) + 11.5129).abs() < 1e-3);
        assert!((log_odds(1.0) + log_odds(0.0)).abs() < 1e-9);
        assert_eq!(log_odds(5e-324), -100.0);
    }
}
