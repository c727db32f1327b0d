//! Decides how far a brand has come, with hysteresis over the months, and whether that is fragile.

use super::config::Config;
use super::measure::{PILLARS, Pillar, named};

named! {
    /// How far a brand has come.
    Stage:
    /// Too little is known.
    InsufficientData = "insufficient data",
    /// Sells goods under a name that hardly any buyer looks for.
    WhiteLabelLister = "white-label lister",
    /// Sells as long as it pays for traffic.
    TrafficRenter = "traffic renter",
    /// Some pillars are strong.
    Emerging = "emerging brand",
    /// Buyers look for it and return.
    Established = "established brand",
    /// Established, in more than one market.
    ResilientMultiMarket = "resilient multi-market brand",
}

/// Facts that decide the stage of one month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Facts {
    /// Clean index.
    pub(super) index: Option<f64>,
    /// Clean pillars.
    pub(super) pillars: [Option<f64>; PILLARS],
    /// Share of the measures that are known.
    pub(super) coverage: f64,
    /// Effective number of countries.
    pub(super) markets: Option<f64>,
    /// Percentile of the advertising cost, 100 being none.
    pub(super) ads: Option<f64>,
}

impl Facts {
    /// The stage of the month by itself, every threshold being `margin` higher.
    fn stage(&self, config: &Config, margin: f64) -> Stage {
        let known = self.coverage >= config.coverage_least;
        let Some(index) = self.index.filter(|_| known) else {
            return Stage::InsufficientData;
        };
        let reaches = |pillar: Pillar, least: f64| {
            let score = self.pillars[pillar as usize];
            score.is_some_and(|score| score >= least + margin)
        };
        let established = reaches(Pillar::DemandPull, config.established_pillars)
            && reaches(Pillar::Loyalty, config.established_pillars);
        let markets = config.resilient_markets;
        let resilient = reaches(Pillar::Resilience, config.resilient_pillar)
            && self.markets.is_some_and(|own| own >= markets);
        if established && resilient && index >= config.resilient_index + margin {
            Stage::ResilientMultiMarket
        } else if established && index >= config.established_index + margin {
            Stage::Established
        } else if index >= config.emerging_index + margin {
            Stage::Emerging
        } else if self.ads.is_some_and(|ads| ads < config.renter_ads)
            && !reaches(Pillar::DemandPull, config.renter_demand)
        {
            Stage::TrafficRenter
        } else {
            Stage::WhiteLabelLister
        }
    }
}

/// The stage of each month, oldest first. It moves when several months in a row are beyond a
/// threshold by the margin, and then as far as all of these months are.
pub(super) fn stages(months: &[Facts], config: &Config) -> Vec<Stage> {
    let mut stage = Stage::InsufficientData;
    let (mut rising, mut falling, mut unknown) = (Vec::new(), Vec::new(), 0);
    let mut stages = Vec::with_capacity(months.len());
    for facts in months {
        let now = facts.stage(config, 0.0);
        if now == Stage::InsufficientData {
            unknown += 1;
            if unknown >= config.months_unknown {
                stage = Stage::InsufficientData;
            }
        } else if stage == Stage::InsufficientData {
            (stage, unknown) = (now, 0);
            rising.clear();
            falling.clear();
        } else {
            unknown = 0;
            let above = facts.stage(config, config.margin);
            extend_or_clear(&mut rising, above, above > stage);
            let below = facts.stage(config, -config.margin);
            extend_or_clear(&mut falling, below, below < stage);
            let reached = if rising.len() >= config.months_to_move {
                rising.iter().min().copied()
            } else if falling.len() >= config.months_to_move {
                falling.iter().max().copied()
            } else {
                None
            };
            if let Some(reached) = reached {
                stage = reached;
                rising.clear();
                falling.clear();
            }
        }
        stages.push(stage);
    }
    stages
}

/// Adds a month to those in a row that agree on a move, or begins anew.
fn extend_or_clear(row: &mut Vec<Stage>, stage: Stage, agrees: bool) {
    if agrees {
        row.push(stage);
    } else {
        row.clear();
    }
}

/// How much of a seller's progress depends on data that are likely to be manipulated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fragility {
    /// Raw index less clean index.
    pub gap: f64,
    /// Share of positive reviews that was discounted.
    pub positive_reviews: f64,
    /// Share of orders that was discounted.
    pub orders: f64,
    /// Reason why the progress is fragile; empty when it is not.
    pub reason: String,
}

impl Fragility {
    /// From the gap and the shares. Discounted negative reviews do not make a seller fragile: the
    /// raw index of an attacked seller is below its clean one.
    pub(super) fn of(gap: f64, positive_reviews: f64, orders: f64, config: &Config) -> Self {
        let reason = if gap >= config.fragile_gap {
            format!("{gap:.1} points of the index come from data that may not be genuine")
        } else if positive_reviews >= config.fragile_share {
            let share = positive_reviews * 100.0;
            format!("{share:.0} % of the positive reviews may not be genuine and may be removed")
        } else if orders >= config.fragile_share {
            let share = orders * 100.0;
            format!("{share:.0} % of the orders may not be genuine")
        } else {
            String::new()
        };
        Self {
            gap,
            positive_reviews,
            orders,
            reason,
        }
    }

    /// Whether there is a reason.
    pub const fn is_fragile(&self) -> bool {
        !self.reason.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(index: f64) -> Facts {
        Facts {
            index: Some(index),
            pillars: [Some(index); PILLARS],
            coverage: 1.0,
            markets: Some(3.0),
            ads: Some(20.0),
        }
    }

    #[test]
    fn each_stage_has_its_thresholds() {
        let config = Config::default();
        let of = |index: f64| facts(index).stage(&config, 0.0);
        assert_eq!(of(30.0), Stage::TrafficRenter);
        assert_eq!(of(44.0), Stage::Emerging);
        assert_eq!(of(60.0), Stage::Established);
        assert_eq!(of(70.0), Stage::ResilientMultiMarket);
        let one_market = Facts {
            markets: Some(1.2),
            ..facts(70.0)
        };
        assert_eq!(one_market.stage(&config, 0.0), Stage::Established);
        let no_ads = Facts {
            ads: None,
            ..facts(30.0)
        };
        assert_eq!(no_ads.stage(&config, 0.0), Stage::WhiteLabelLister);
        let thin = Facts {
            coverage: 0.1,
            ..facts(70.0)
        };
        assert_eq!(thin.stage(&config, 0.0), Stage::InsufficientData);
    }

    #[test]
    fn stage_moves_after_months_in_a_row_beyond_the_margin() {
        let config = Config::default();
        let of = |indices: &[f64]| {
            let months: Vec<Facts> = indices.iter().map(|index| facts(*index)).collect();
            stages(&months, &config).pop()
        };
        // Around the threshold of 40 nothing moves, also not for one loud month.
        assert_eq!(of(&[38.0, 41.0, 39.0, 41.5]), Some(Stage::TrafficRenter));
        assert_eq!(of(&[38.0, 50.0, 38.0]), Some(Stage::TrafficRenter));
        assert_eq!(of(&[38.0, 50.0, 50.0]), Some(Stage::Emerging));
        assert_eq!(of(&[38.0, 50.0, 90.0]), Some(Stage::Emerging));
        assert_eq!(of(&[50.0, 39.0, 39.0, 39.0]), Some(Stage::Emerging));
        assert_eq!(of(&[50.0, 37.0, 37.0]), Some(Stage::TrafficRenter));
    }

    #[test]
    fn stage_survives_a_short_gap_and_not_a_long_one() {
        let config = Config::default();
        let none = Facts::default();
        let kept = stages(&[facts(50.0), none, none, facts(50.0)], &config);
        assert_eq!(kept, [Stage::Emerging; 4]);
        let lost = stages(&[facts(50.0), none, none, none], &config);
        assert_eq!(lost[3], Stage::InsufficientData);
    }

    #[test]
    fn fragility_needs_inflated_data() {
        let config = Config::default();
        assert!(!Fragility::of(-9.0, 0.0, 0.0, &config).is_fragile());
        assert!(Fragility::of(4.0, 0.0, 0.0, &config).is_fragile());
        assert!(
            Fragility::of(0.0, 0.4, 0.0, &config)
                .reason
                .contains("40 %")
        );
        assert!(Fragility::of(0.0, 0.0, 0.5, &config).is_fragile());
    }
}
