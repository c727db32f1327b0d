//! Recommends actions to a seller, by expected gain for the effort.
//!
//! Actions are data (`advice/catalogue.json`), keyed to the measure that they move. Fields at their
//! usual value are left out there. The gain of one is
//! computed as that of a plan: the measure moves, and the index follows.

use std::sync::LazyLock;

use serde::Deserialize;

use super::config::Config;
use super::measure::{Input, Measure};
use super::peers::{Peers, percentile};
use super::pillars::{ALL, index_of};
use super::plan::{Change, Target, simulate};
use super::progress::Progress;

const FILE: &str = include_str!("advice/catalogue.json");

/// Words that no action may use: review rules forbid bought, screened or suppressed reviews.
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

/// Favour that an action asks of customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// None.
    #[default]
    Nothing,
    /// A review.
    Review,
}

/// Deed of customers that an action rewards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rewards {
    /// None.
    #[default]
    Nothing,
    /// Buying.
    Purchase,
    /// Writing a review.
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
    /// Expected move, in robust standard deviations of the peers.
    pub step: f64,
    /// Effort in person-days.
    pub effort_days: f64,
    /// Says what to do and why.
    pub sentence: String,
    /// Source of the expectation.
    pub source: String,
    /// Condition that has to be met first; empty when there is none.
    #[serde(default)]
    pub precondition: String,
    /// Names of inputs that it needs.
    #[serde(default)]
    pub needs: Vec<String>,
    /// It is for sellers below this percentile.
    #[serde(default = "usual_percentile")]
    pub below_percentile: f64,
    /// Favour that it asks of customers.
    #[serde(default)]
    pub asks_for: Asks,
    /// Deed that it rewards.
    #[serde(default)]
    pub rewards: Rewards,
    /// Whether only some customers are asked.
    #[serde(default)]
    pub selects_whom_to_ask: bool,
    /// Says why it breaks no review rule.
    #[serde(default = "usual_review_rules")]
    pub review_rules: String,
}

const fn usual_percentile() -> f64 {
    70.0
}

fn usual_review_rules() -> String {
    "It asks nobody for a review.".to_owned()
}

impl Action {
    /// The review rule that it would break: rewards for reviews (US 16 CFR 465.4, UK DMCC Act 2024
    /// Sch. 20 para. 13), or asking only satisfied buyers (16 CFR 255.2(d), EU UCPD Annex I 23c).
    /// Words that ask for positive reviews break one, too.
    fn broken_rule(&self) -> Option<&'static str> {
        let sentence = self.sentence.to_lowercase();
        if self.rewards == Rewards::Review {
            return Some("it rewards reviews");
        }
        if self.asks_for == Asks::Review && self.rewards != Rewards::Nothing {
            return Some("it asks for reviews and gives something");
        }
        if self.asks_for == Asks::Review && self.selects_whom_to_ask {
            return Some("it asks only some for reviews");
        }
        let asks = FORBIDDEN.iter().any(|words| sentence.contains(words));
        asks.then_some("it asks for positive reviews or for silence")
    }
}

/// The catalogue without actions that break a rule or move no measure. A test rules out both.
static CATALOGUE: LazyLock<Vec<Action>> = LazyLock::new(|| {
    let actions: Vec<Action> = serde_json::from_str(FILE).unwrap_or_default();
    let fair = |action: &Action| action.broken_rule().is_none();
    let usable = |action: &Action| fair(action) && index_of(&action.measure).is_some();
    actions.into_iter().filter(usable).collect()
});

/// An action for one seller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recommendation {
    /// The action.
    pub action: &'static Action,
    /// Index of its measure.
    pub measure: usize,
    /// Expected gain of the index in points.
    pub gain: f64,
    /// Gain with half of the step.
    pub gain_of_half: f64,
    /// Gain with one and a half of the step.
    pub gain_of_more: f64,
    /// Clean value of the measure now.
    pub value_now: f64,
    /// Clean value after the action.
    pub value_then: f64,
}

impl Recommendation {
    /// Points for a person-day.
    pub fn gain_per_day(&self) -> f64 {
        self.gain / self.action.effort_days
    }
}

/// Recommends actions, the most gain for the effort first. Empty without an index.
pub fn recommend(progress: &Progress, peers: &Peers, config: &Config) -> Vec<Recommendation> {
    let mut recommendations: Vec<Recommendation> = CATALOGUE
        .iter()
        .filter_map(|action| weigh(action, progress, peers, config))
        .collect();
    recommendations.sort_by(|one, other| {
        let order = other.gain_per_day().total_cmp(&one.gain_per_day());
        order.then_with(|| one.action.code.cmp(&other.action.code))
    });
    recommendations
}

/// The recommendation of an action; none where it does not fit the seller or gains nothing.
fn weigh(
    action: &'static Action,
    progress: &Progress,
    peers: &Peers,
    config: &Config,
) -> Option<Recommendation> {
    let index = index_of(&action.measure)?;
    let standing = progress.standing(index);
    let (now, position) = (standing.clean?.value, standing.position?);
    let before = progress.index?.value;
    let has = |name: &String| {
        let named = Input::ALL.iter().find(|input| input.name() == name);
        named.is_some_and(|input| progress.has(*input))
    };
    if percentile(position.z) >= action.below_percentile || !action.needs.iter().all(has) {
        return None;
    }
    let (_, spread) = peers.measure(progress.peers, index)?;
    let value = |times: f64| stepped(ALL[index], now, action.step * times * spread.scale);
    let gain = |times: f64| {
        let change = Change {
            measure: index,
            target: Target::To(value(times)),
        };
        let then = simulate(progress, &[change], peers, config).ok()?;
        Some(then.index?.value - before)
    };
    let recommendation = Recommendation {
        action,
        measure: index,
        gain: gain(1.0)?,
        gain_of_half: gain(0.5)?,
        gain_of_more: gain(1.5)?,
        value_now: now,
        value_then: value(1.0),
    };
    (recommendation.gain > 0.0).then_some(recommendation)
}

/// A value moved for the better by a step on the scale of its measure.
fn stepped(measure: &Measure, value: f64, step: f64) -> f64 {
    let signed = if measure.lower_is_better { -step } else { step };
    measure.scale.back(measure.scale.to(value) + signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Vec<Action> {
        serde_json::from_str(FILE).expect("the catalogue is readable")
    }

    #[test]
    fn catalogue_is_complete_and_breaks_no_rule() {
        let actions = catalogue();
        assert_eq!(actions.len(), CATALOGUE.len());
        for action in &actions {
            let code = &action.code;
            assert_eq!(action.broken_rule(), None, "{code}");
            assert!(index_of(&action.measure).is_some(), "{code}");
            assert!(action.step > 0.0 && action.effort_days > 0.0, "{code}");
            assert!(
                action.source.len() > 10 && action.sentence.ends_with('.'),
                "{code}"
            );
            assert!(!action.review_rules.is_empty(), "{code}");
            let known = |name: &String| {
                let mut inputs = ALL.iter().flat_map(|measure| measure.inputs);
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
            let code = measure.code;
            assert!(
                actions.iter().any(|action| action.measure == code),
                "{code}"
            );
        }
    }

    #[test]
    fn action_that_review_rules_forbid_is_found() {
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
        assert!(broken.iter().all(|action| action.broken_rule().is_some()));
        let fine = with(Asks::Review, Rewards::Nothing, false, "Ask everybody.");
        assert_eq!(fine.broken_rule(), None);
    }
}
