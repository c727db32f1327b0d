//! The beta-binomial law: a binomial whose probability differs from group to group.

/// The law of counts whose probability is Beta(a, b) distributed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaBinomial {
    /// Above 0.
    pub a: f64,
    /// Above 0.
    pub b: f64,
}

impl BetaBinomial {
    /// Natural log of the density at `with` of `of`: real numbers, 0 to `of`.
    pub fn log_density(self, with: f64, of: f64) -> f64 {
        let choose =
            libm::lgamma(of + 1.0) - libm::lgamma(with + 1.0) - libm::lgamma(of - with + 1.0);
        choose + log_beta(with + self.a, of - with + self.b) - log_beta(self.a, self.b)
    }
}

fn log_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn density_sums_to_one() {
        for (a, b) in [(1.0, 1.0), (0.3, 7.0), (40.0, 2.5)] {
            let law = BetaBinomial { a, b };
            let sum: f64 = (0..=30)
                .map(|with| libm::exp(law.log_density(f64::from(with), 30.0)))
                .sum();
            assert!((sum - 1.0).abs() < 1e-9, "{a} {b}: {sum}");
        }
    }

    #[test]
    fn flat_law_is_uniform_over_counts() {
        let flat = BetaBinomial { a: 1.0, b: 1.0 };
        for with in 0..=9 {
            let density = libm::exp(flat.log_density(f64::from(with), 9.0));
            assert!((density - 0.1).abs() < 1e-12);
        }
    }
}
