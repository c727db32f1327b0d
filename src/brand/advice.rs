//! What a seller can do, by expected gain for the effort.
//!
//! Actions are data (`advice/catalogue.json`), keyed to the measure that they move. What one gains is
//! found by the same sums as a plan: the measure is moved, and the index follows.

use std::sync::LazyLock;

use serde::Deserialize;

use super::config::Config;
use super::measure::Spec;
use super::peers::{Peers, percentile};
use super::pillars::{ALL, place};
use super::plan::{Change, simulate};
use super::progress::Progress;

const FILE: &str = include_str!("advice/catalogue.json");

/// Words that no action may use: what review rules forbid is bought, screened or suppressed praise.
const FORBIDDEN: [&str; 8] = [
    "five-star",
    "5-star",
    "positive review",
    "good review",
    "remove the review",
    "delete the review",
    "review in exchange",
    "free product for",
];

/// What an action asks customers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// For nothing.
    Nothing,
    /// For a review.
    Review,
}

/// What an action gives something for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rewards {
    /// For nothing.
    Nothing,
    /// For buying.
    Purchase,
    /// For a review.
    Review,
}

/// An action.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Stable code.
    pub code: String,
    /// Code of the measure that it moves.
    pub measure: String,
    /// How far, in robust standard deviations of the peers.
    pub step: f64,
    /// Effort in person-days.
    pub effort_days: f64,
    /// What to do and why.
    pub sentence: String,
    /// What the expectation rests on.
    pub source: String,
    /// What has to be in place first; empty when nothing.
    pub precondition: String,
    /// Names of inputs without which it makes no sense.
    pub needs: Vec<String>,
    /// Whom it is for: sellers below this place.
    pub below_percentile: f64,
    /// What it asks customers for.
    pub asks_for: Asks,
    /// What it rewards.
    pub rewards: Rewards,
    /// Whether only some customers are asked.
    pub selects_whom_to_ask: bool,
    /// Why no review rule stands against it.
    pub review_rules: String,
}

impl Action {
    /// Which review rule it would break: rewards for reviews (US 16 CFR 465.4, UK DMCC Act 2024 Sch.
    /// 20 para. 13), asking only those who are content (16 CFR 255.2(d), EU UCPD Annex I 23c), or words
    /// that ask for praise.
    pub fn breaks(&self) -> Option<&'static str> {
        let said = self.sentence.to_lowercase();
        if self.rewards == Rewards::Review {
            return Some("it rewards reviews");
        }
        if self.asks_for == Asks::Review && self.rewards != Rewards::Nothing {
            return Some("it asks for reviews and gives something");
        }
        if self.asks_for == Asks::Review && self.selects_whom_to_ask {
            return Some("it asks only some for reviews");
        }
        let asks = FORBIDDEN.iter().any(|words| said.contains(words));
        asks.then_some("it asks for praise or for silence")
    }
}

/// The catalogue; what breaks a rule or moves no measure is left out. A test rules out both.
static CATALOGUE: LazyLock<Vec<Action>> = LazyLock::new(|| {
    let actions: Vec<Action> = serde_json::from_str(FILE).unwrap_or_default();
    let fair = actions.into_iter();
    fair.filter(|action| action.breaks().is_none() && place(&action.measure).is_some())
        .collect()
});

/// An action for one seller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recommendation {
    /// What to do.
    pub action: &'static Action,
    /// Place of its measure.
    pub at: usize,
    /// Gain of the index in points: as expected, and with half and one and a half of the step.
    pub gain: (f64, f64, f64),
    /// Clean value of the measure now, and after it.
    pub values: (f64, f64),
}

impl Recommendation {
    /// Points for a person-day.
    pub fn gain_per_day(&self) -> f64 {
        self.gain.0 / self.action.effort_days
    }
}

/// What a seller can do, the most gain for the effort first. Empty without an index.
pub fn recommend(progress: &Progress, peers: &Peers, config: &Config) -> Vec<Recommendation> {
    let mut found: Vec<Recommendation> = CATALOGUE
        .iter()
        .filter_map(|action| weigh(action, progress, peers, config))
        .collect();
    found.sort_by(|one, other| {
        let order = other.gain_per_day().total_cmp(&one.gain_per_day());
        order.then_with(|| one.action.code.cmp(&other.action.code))
    });
    found
}

fn weigh(
    action: &'static Action,
    progress: &Progress,
    peers: &Peers,
    config: &Config,
) -> Option<Recommendation> {
    let at = place(&action.measure)?;
    let spec = &ALL[at].spec;
    let standing = progress.standing(at);
    let (now, held) = (standing.clean.ok()?, standing.place?);
    let index = progress.index?.value;
    let has = |name: &String| {
        let inputs = ALL.iter().flat_map(|measure| measure.spec.inputs);
        inputs
            .filter(|input| input.name() == name)
            .any(|input| progress.has(*input))
    };
    if percentile(held.z) >= action.below_percentile || !action.needs.iter().all(has) {
        return None;
    }
    let (_, robust) = peers.measure(progress.home, at)?;
    let target = |times: f64| stepped(spec, now.value, action.step * times * robust.scale);
    let gain = |times: f64| {
        let change = [(at, Change::To(target(times)))];
        let then = simulate(progress, &change, peers, config).ok()?;
        Some(then.index?.value - index)
    };
    let all = (gain(1.0)?, gain(0.5)?, gain(1.5)?);
    (all.0 > 0.0).then(|| Recommendation {
        action,
        at,
        gain: all,
        values: (now.value, target(1.0)),
    })
}

/// A value moved for the better where it is compared.
fn stepped(spec: &Spec, value: f64, step: f64) -> f64 {
    let step = if spec.lower_is_better { -step } else { step };
    spec.scale.back(spec.scale.to(value) + step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Vec<Action> {
        serde_json::from_str(FILE).expect("the catalogue is readable")
    }

    #[test]
    fn the_catalogue_is_whole_and_fair() {
        let actions = catalogue();
        assert_eq!(actions.len(), CATALOGUE.len());
        for action in &actions {
            let code = &action.code;
            assert_eq!(action.breaks(), None, "{code}");
            assert!(place(&action.measure).is_some(), "{code}");
            assert!(action.step > 0.0 && action.effort_days > 0.0, "{code}");
            assert!(
                action.source.len() > 10 && action.sentence.ends_with('.'),
                "{code}"
            );
            assert!(!action.review_rules.is_empty(), "{code}");
            let known = |name: &String| {
                let mut inputs = ALL.iter().flat_map(|measure| measure.spec.inputs);
                inputs.any(|input| input.name() == name)
            };
            assert!(action.needs.iter().all(known), "{code}");
        }
        let mut codes: Vec<&String> = actions.iter().map(|action| &action.code).collect();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), actions.len());
        // Every measure has something that moves it.
        for measure in ALL {
            let code = measure.spec.code;
            assert!(
                actions.iter().any(|action| action.measure == code),
                "{code}"
            );
        }
    }

    #[test]
    fn what_review_rules_forbid_is_seen() {
        let fair = catalogue().remove(0);
        let with = |asks_for, rewards, selects_whom_to_ask, sentence: &str| Action {
            asks_for,
            rewards,
            selects_whom_to_ask,
            sentence: sentence.to_owned(),
            ..fair.clone()
        };
        let broken = [
            with(Asks::Nothing, Rewards::Review, false, "x"),
            with(Asks::Review, Rewards::Purchase, false, "x"),
            with(Asks::Review, Rewards::Nothing, true, "x"),
            with(
                Asks::Nothing,
                Rewards::Nothing,
                false,
                "Ask for a good review.",
            ),
        ];
        assert!(broken.iter().all(|action| action.breaks().is_some()));
        let fine = with(Asks::Review, Rewards::Nothing, false, "Ask everybody.");
        assert_eq!(fine.breaks(), None);
    }
}
