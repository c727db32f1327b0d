//! Writes figures for people, never a negative zero.

/// Writes a number with a number of decimals. One that rounds to zero has no sign.
pub fn fixed(value: f64, decimals: usize) -> String {
    without_sign_of_zero(format!("{value:.decimals$}"))
}

/// Writes a change with its sign and a number of decimals. One that rounds to zero has no sign.
pub fn signed(value: f64, decimals: usize) -> String {
    without_sign_of_zero(format!("{value:+.decimals$}"))
}

fn without_sign_of_zero(figure: String) -> String {
    match figure.strip_prefix(['+', '-']) {
        Some(digits) if digits.chars().all(|digit| matches!(digit, '0' | '.')) => digits.to_owned(),
        _ => figure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figure_that_rounds_to_zero_has_no_sign() {
        for zero in [0.0, -0.0, 0.04, -0.04] {
            assert_eq!(signed(zero, 1), "0.0");
            assert_eq!(fixed(zero, 1), "0.0");
            assert_eq!(signed(zero, 0), "0");
        }
        assert_eq!(signed(-0.06, 1), "-0.1");
        assert_eq!(signed(0.06, 1), "+0.1");
        assert_eq!(fixed(-10.0, 1), "-10.0");
        assert_eq!(fixed(0.06, 1), "0.1");
        assert_eq!(signed(f64::NEG_INFINITY, 1), "-inf");
    }
}
