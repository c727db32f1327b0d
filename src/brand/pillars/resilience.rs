//! Whether it stands on more than one leg.

pub(super) mod markets;
pub(super) mod new_markets;
pub(super) mod own_channel;
pub(super) mod platforms;
pub(super) mod products;

/// The effective number of kinds by their weights, and its standard deviation: one over the
/// probability that two of the things counted are of one kind, without the bias of small counts
/// (Simpson, 1949), by the delta method. None without weights; weights below two count as two.
fn effective(weights: &[f64]) -> Option<(f64, f64)> {
    let total: f64 = weights.iter().sum();
    if total <= 0.0 || !total.is_finite() {
        return None;
    }
    let count = total.max(2.0);
    let sums = weights.iter().fold((0.0, 0.0), |(two, three), weight| {
        let share = weight / total;
        (two + share * share, three + share * share * share)
    });
    let kinds = weights.iter().filter(|weight| **weight > 0.0).count() as f64;
    let unbiased = (sums.0 * count - 1.0) / (count - 1.0);
    // Above the number of kinds there is nothing; chance alone gives less than 0.
    let agree = unbiased.clamp(1.0 / (2.0 * kinds), 1.0);
    let variance = (4.0 / count) * (sums.1 - sums.0 * sums.0).max(0.0);
    let number = 1.0 / agree;
    // With one kind seen, how rare others are is known to about one over the count.
    let sd = libm::sqrt(variance).max(1.0 / (count + 1.0)) * number * number;
    Some((number, sd.min(number)))
}

#[cfg(test)]
mod tests {
    use super::effective;

    #[test]
    fn shares_of_three_quarters_and_one() {
        // 30 and 10: (30 * 29 + 10 * 9) / (40 * 39).
        let (number, _) = effective(&[30.0, 10.0]).expect("orders");
        assert!((number - 1560.0 / 960.0).abs() < 1e-9, "{number}");
    }

    #[test]
    fn next_to_nothing_is_bounded() {
        assert_eq!(effective(&[]), None);
        assert_eq!(effective(&[0.0]), None);
        let (number, sd) = effective(&[0.1, 0.1]).expect("something");
        assert!(number <= 4.0 && sd >= 1.0, "{number} {sd}");
    }
}
