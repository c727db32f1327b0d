//! Thresholds of stages and of fragility. `docs/brand.md` has the reason of each.

use serde::{Deserialize, Serialize};

use super::measure::PILLARS;
use crate::config::{Fault, Section};

/// Section `[brand]`: thresholds of stages, in points of index and pillars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Fewest pillars with a score for an index.
    pub pillars_least: usize,
    /// Least coverage for a stage.
    pub coverage_least: f64,
    /// Index from which a brand is emerging.
    pub emerging_index: f64,
    /// Index from which a brand is established.
    pub established_index: f64,
    /// Demand pull and loyalty of an established brand, at least.
    pub established_pillars: f64,
    /// Index from which an established brand may be resilient.
    pub resilient_index: f64,
    /// Resilience of a resilient brand, at least.
    pub resilient_pillar: f64,
    /// Effective number of countries of a resilient brand, at least.
    pub resilient_markets: f64,
    /// Percentile of the advertising cost below which a seller with little demand rents its traffic.
    pub renter_ads: f64,
    /// Demand pull below which there is little demand.
    pub renter_demand: f64,
    /// Distance of the index beyond a threshold before the stage moves.
    pub margin: f64,
    /// Months in a row before the stage moves.
    pub months_to_move: usize,
    /// Months without an index after which there is no stage.
    pub months_unknown: usize,
    /// Gap of raw and clean index from which a seller is fragile.
    pub fragile_gap: f64,
    /// Discounted share of positive reviews, or of orders, from which a seller is fragile.
    pub fragile_share: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            pillars_least: 3,
            coverage_least: 0.2,
            emerging_index: 41.0,
            established_index: 56.0,
            established_pillars: 50.0,
            resilient_index: 61.0,
            resilient_pillar: 60.0,
            resilient_markets: 1.8,
            renter_ads: 40.0,
            renter_demand: 45.0,
            margin: 2.0,
            months_to_move: 2,
            months_unknown: 3,
            fragile_gap: 3.0,
            fragile_share: 0.25,
        }
    }
}

impl Section for Config {
    fn check(&self) -> Vec<Fault> {
        let points = [
            ("emerging_index", self.emerging_index),
            ("established_index", self.established_index),
            ("established_pillars", self.established_pillars),
            ("resilient_index", self.resilient_index),
            ("resilient_pillar", self.resilient_pillar),
            ("renter_ads", self.renter_ads),
            ("renter_demand", self.renter_demand),
            ("margin", self.margin),
            ("fragile_gap", self.fragile_gap),
        ];
        let shares = [
            ("coverage_least", self.coverage_least),
            ("fragile_share", self.fragile_share),
        ];
        let counts = [
            ("pillars_least", self.pillars_least, PILLARS),
            ("months_to_move", self.months_to_move, 24),
            ("months_unknown", self.months_unknown, 24),
        ];
        let mut faults = Vec::new();
        let mut within = |key: &str, value: f64, least: f64, most: f64| {
            if !(least..=most).contains(&value) {
                let message = format!("is {value}; {least} to {most} is allowed");
                faults.push(Fault::new(key, message));
            }
        };
        for (key, value) in points {
            within(key, value, 0.0, 100.0);
        }
        for (key, value) in shares {
            within(key, value, 0.0, 1.0);
        }
        within("resilient_markets", self.resilient_markets, 1.0, 250.0);
        for (key, value, most) in counts {
            within(key, value as f64, 1.0, most as f64);
        }
        let thresholds = [
            self.emerging_index,
            self.established_index,
            self.resilient_index,
        ];
        if !thresholds.is_sorted() {
            let [emerging, established, resilient] = thresholds;
            let allowed = format!("emerging_index ({emerging}) to resilient_index ({resilient})");
            let message = format!("is {established}; {allowed} is allowed");
            faults.push(Fault::new("established_index", message));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_checked_by_their_keys() {
        assert!(Config::default().check().is_empty());
        let wrong = Config {
            pillars_least: 0,
            emerging_index: f64::NAN,
            coverage_least: 1.5,
            ..Config::default()
        };
        let messages: Vec<String> = wrong.check().iter().map(ToString::to_string).collect();
        assert_eq!(
            messages[..3],
            [
                "emerging_index is NaN; 0 to 100 is allowed",
                "coverage_least is 1.5; 0 to 1 is allowed",
                "pillars_least is 0; 1 to 7 is allowed",
            ]
        );
        let upside_down = Config {
            established_index: 20.0,
            ..Config::default()
        };
        let faults = upside_down.check();
        assert!(
            faults.len() == 1 && faults[0].key == "established_index",
            "{faults:?}"
        );
    }
}
