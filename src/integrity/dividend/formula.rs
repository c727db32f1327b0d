//! How platforms make the rating that they display, by marketplace.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::{Fault, Section};

/// Longest half-life of a review's weight, in days.
pub const HALF_LIFE_DAYS_MOST: f64 = 36_500.0;
/// Most reviews that a prior may count for.
pub const PRIOR_REVIEWS_MOST: f64 = 1_000_000.0;

/// How a platform makes a rating of its reviews.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Formula {
    /// The mean.
    Mean,
    /// The mean, a review counting half after this many days, above 0.
    Recency {
        /// Days.
        half_life_days: f64,
    },
    /// The mean of the reviews and of some more at the prior's stars.
    Prior {
        /// How many more, 0 or above.
        reviews: f64,
        /// Their stars, 1 to 5.
        stars: f64,
    },
}

/// Words for a formula in the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormulaName {
    /// The plain mean.
    #[default]
    Mean,
    /// Older reviews count less.
    Recency,
    /// The mean leans on a prior.
    Prior,
}

/// The formula of one marketplace. Numbers that its formula does not need are kept and not used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RatingRule {
    /// `mean`, `recency` or `prior`.
    pub formula: FormulaName,
    /// Of `recency`: days after which a review counts half, above 0 to 36500.
    pub half_life_days: f64,
    /// Of `prior`: reviews that the prior counts for, 0 to 1000000.
    pub prior_reviews: f64,
    /// Of `prior`: its stars, 1 to 5.
    pub prior_stars: f64,
}

impl Default for RatingRule {
    fn default() -> Self {
        Self {
            formula: FormulaName::Mean,
            half_life_days: 365.0,
            prior_reviews: 10.0,
            prior_stars: 3.0,
        }
    }
}

impl RatingRule {
    /// Its description.
    pub const fn formula(&self) -> Formula {
        match self.formula {
            FormulaName::Mean => Formula::Mean,
            FormulaName::Recency => Formula::Recency {
                half_life_days: self.half_life_days,
            },
            FormulaName::Prior => Formula::Prior {
                reviews: self.prior_reviews,
                stars: self.prior_stars,
            },
        }
    }

    fn faults(&self, key: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut check = |name: &str, value: f64, allowed: bool, range: &str| {
            if !allowed {
                let message = format!("is {value}; {range} is allowed");
                faults.push(Fault::new(&format!("{key}.{name}"), message));
            }
        };
        let (days, reviews, stars) = (self.half_life_days, self.prior_reviews, self.prior_stars);
        let days_fit = days > 0.0 && days <= HALF_LIFE_DAYS_MOST;
        check("half_life_days", days, days_fit, "above 0 to 36500");
        let reviews_fit = (0.0..=PRIOR_REVIEWS_MOST).contains(&reviews);
        check("prior_reviews", reviews, reviews_fit, "0 to 1000000");
        check("prior_stars", stars, (1.0..=5.0).contains(&stars), "1 to 5");
        faults
    }
}

/// Section `[rating]`: the formulas by which platforms make their displayed ratings. A formula in a
/// request takes precedence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RatingConfig {
    /// Of marketplaces that are not named.
    pub default: RatingRule,
    /// By marketplace, such as `[rating.marketplaces."amazon.de"]`.
    pub marketplaces: BTreeMap<String, RatingRule>,
}

impl RatingConfig {
    /// The formula of a marketplace.
    pub fn of(&self, marketplace: &str) -> Formula {
        let rule = self.marketplaces.get(marketplace);
        rule.unwrap_or(&self.default).formula()
    }
}

impl Section for RatingConfig {
    fn check(&self) -> Vec<Fault> {
        let named = self.marketplaces.iter();
        let named = named.flat_map(|(name, rule)| rule.faults(&format!("marketplaces.{name:?}")));
        self.default
            .faults("default")
            .into_iter()
            .chain(named)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marketplace_without_a_formula_uses_the_default() {
        let recency = RatingRule {
            formula: FormulaName::Recency,
            half_life_days: 90.0,
            ..RatingRule::default()
        };
        let prior = RatingRule {
            formula: FormulaName::Prior,
            ..RatingRule::default()
        };
        let config = RatingConfig {
            default: prior,
            marketplaces: BTreeMap::from([("a.de".to_owned(), recency)]),
        };
        let half_life_days = 90.0;
        assert_eq!(config.of("a.de"), Formula::Recency { half_life_days });
        let (reviews, stars) = (10.0, 3.0);
        assert_eq!(config.of("b.de"), Formula::Prior { reviews, stars });
        assert_eq!(RatingConfig::default().of("a.de"), Formula::Mean);
        assert!(config.check().is_empty());
    }

    #[test]
    fn invalid_formula_is_refused_by_key() {
        let wrong = RatingRule {
            half_life_days: 0.0,
            prior_reviews: f64::NAN,
            prior_stars: 6.0,
            ..RatingRule::default()
        };
        let config = RatingConfig {
            marketplaces: BTreeMap::from([("a.de".to_owned(), wrong)]),
            ..RatingConfig::default()
        };
        let messages: Vec<String> = config.check().iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [
                "marketplaces.\"a.de\".half_life_days is 0; above 0 to 36500 is allowed",
                "marketplaces.\"a.de\".prior_reviews is NaN; 0 to 1000000 is allowed",
                "marketplaces.\"a.de\".prior_stars is 6; 1 to 5 is allowed",
            ]
        );
    }
}
