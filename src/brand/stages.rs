//! How far a brand has come, with hysteresis over the months, and whether that is hollow.

use super::config::Config;
use super::measure::{PILLARS, Pillar};

/// A stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Too little is known.
    InsufficientData,
    /// Sells goods under a name that nobody looks for.
    WhiteLabelLister,
    /// Sells as long as it pays for traffic.
    TrafficRenter,
    /// Some pillars stand.
    Emerging,
    /// Buyers look for it and come back.
    Established,
    /// Established, in more than one market.
    ResilientMultiMarket,
}

impl Stage {
    /// The words for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InsufficientData => "insufficient data",
            Self::WhiteLabelLister => "white-label lister",
            Self::TrafficRenter => "traffic renter",
            Self::Emerging => "emerging brand",
            Self::Established => "established brand",
            Self::ResilientMultiMarket => "resilient multi-market brand",
        }
    }
}

/// What a stage follows from in one month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Facts {
    /// Clean index.
    pub index: Option<f64>,
    /// Clean pillars.
    pub pillars: [Option<f64>; PILLARS],
    /// Share of the measures that could be had.
    pub coverage: f64,
    /// Effective number of countries.
    pub markets: Option<f64>,
    /// Place of the advertising cost, 100 being none.
    pub ads: Option<f64>,
}

/// The stage of a month by itself, every threshold being `margin` higher.
fn alone(facts: &Facts, config: &Config, margin: f64) -> Stage {
    let Some(index) = facts
        .index
        .filter(|_| facts.coverage >= config.coverage_least)
    else {
        return Stage::InsufficientData;
    };
    let reaches = |pillar: Pillar, least: f64| {
        let score = facts.pillars[pillar as usize];
        score.is_some_and(|score| score >= least + margin)
    };
    let stands = reaches(Pillar::DemandPull, config.established_pillars)
        && reaches(Pillar::Loyalty, config.established_pillars);
    let spread = reaches(Pillar::Resilience, config.resilient_pillar)
        && facts
            .markets
            .is_some_and(|markets| markets >= config.resilient_markets);
    if stands && spread && index >= config.resilient_index + margin {
        Stage::ResilientMultiMarket
    } else if stands && index >= config.established_index + margin {
        Stage::Established
    } else if index >= config.emerging_index + margin {
        Stage::Emerging
    } else if facts.ads.is_some_and(|ads| ads < config.renter_ads)
        && !reaches(Pillar::DemandPull, config.renter_demand)
    {
        Stage::TrafficRenter
    } else {
        Stage::WhiteLabelLister
    }
}

/// The stage of each month, oldest first. It moves when some months in a row are beyond a threshold
/// by the margin, and then as far as all of these months are.
pub(super) fn stages(months: &[Facts], config: &Config) -> Vec<Stage> {
    let mut held = Stage::InsufficientData;
    let (mut rising, mut falling, mut unknown) = (Vec::new(), Vec::new(), 0);
    let mut all = Vec::with_capacity(months.len());
    for facts in months {
        let now = alone(facts, config, 0.0);
        if now == Stage::InsufficientData {
            unknown += 1;
            if unknown >= config.months_unknown {
                held = Stage::InsufficientData;
            }
        } else if held == Stage::InsufficientData {
            (held, unknown) = (now, 0);
            (rising, falling) = (Vec::new(), Vec::new());
        } else {
            unknown = 0;
            note(&mut rising, alone(facts, config, config.margin), |stage| {
                stage > held
            });
            note(
                &mut falling,
                alone(facts, config, -config.margin),
                |stage| stage < held,
            );
            let moved = if rising.len() >= config.months_to_move {
                rising.iter().min().copied()
            } else if falling.len() >= config.months_to_move {
                falling.iter().max().copied()
            } else {
                None
            };
            if let Some(stage) = moved {
                held = stage;
                (rising, falling) = (Vec::new(), Vec::new());
            }
        }
        all.push(held);
    }
    all
}

/// Adds a month to those in a row that speak for a move, or begins anew.
fn note(row: &mut Vec<Stage>, stage: Stage, speaks: impl Fn(Stage) -> bool) {
    if speaks(stage) {
        row.push(stage);
    } else {
        row.clear();
    }
}

/// How much of a standing is hollow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fragility {
    /// Raw index less clean index.
    pub gap: f64,
    /// Share of praise that was discounted.
    pub praise: f64,
    /// Share of orders that was discounted.
    pub orders: f64,
    /// Whether the standing rests on what is likely to vanish.
    pub fragile: bool,
    /// Why; empty when not fragile.
    pub reason: String,
}

impl Fragility {
    /// From the gap and the shares. Blame that is discounted makes nobody fragile: a victim's raw
    /// index is below its clean one.
    pub fn of(gap: f64, praise: f64, orders: f64, config: &Config) -> Self {
        let reason = if gap >= config.fragile_gap {
            format!("{gap:.1} points of the index rest on data that are likely to be manipulated")
        } else if praise >= config.fragile_share {
            let share = praise * 100.0;
            format!("{share:.0} % of the praise is likely to be planted and may be taken down")
        } else if orders >= config.fragile_share {
            let share = orders * 100.0;
            format!("{share:.0} % of the orders look like orders that were placed for show")
        } else {
            String::new()
        };
        Self {
            gap,
            praise,
            orders,
            fragile: !reason.is_empty(),
            reason,
        }
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
        let of = |index: f64| alone(&facts(index), &config, 0.0);
        assert_eq!(of(30.0), Stage::TrafficRenter);
        assert_eq!(of(44.0), Stage::Emerging);
        assert_eq!(of(60.0), Stage::Established);
        assert_eq!(of(70.0), Stage::ResilientMultiMarket);
        let one_market = Facts {
            markets: Some(1.2),
            ..facts(70.0)
        };
        assert_eq!(alone(&one_market, &config, 0.0), Stage::Established);
        let no_ads = Facts {
            ads: None,
            ..facts(30.0)
        };
        assert_eq!(alone(&no_ads, &config, 0.0), Stage::WhiteLabelLister);
        let thin = Facts {
            coverage: 0.1,
            ..facts(70.0)
        };
        assert_eq!(alone(&thin, &config, 0.0), Stage::InsufficientData);
    }

    #[test]
    fn a_stage_moves_only_when_it_is_sure() {
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
    fn a_short_gap_is_forgiven_and_a_long_one_is_not() {
        let config = Config::default();
        let none = Facts::default();
        let held = stages(&[facts(50.0), none, none, facts(50.0)], &config);
        assert_eq!(held, [Stage::Emerging; 4]);
        let lost = stages(&[facts(50.0), none, none, none], &config);
        assert_eq!(lost[3], Stage::InsufficientData);
    }

    #[test]
    fn a_victim_is_not_fragile() {
        let config = Config::default();
        assert!(!Fragility::of(-9.0, 0.0, 0.0, &config).fragile);
        assert!(Fragility::of(4.0, 0.0, 0.0, &config).fragile);
        assert!(
            Fragility::of(0.0, 0.4, 0.0, &config)
                .reason
                .contains("40 %")
        );
        assert!(Fragility::of(0.0, 0.0, 0.5, &config).fragile);
    }
}
