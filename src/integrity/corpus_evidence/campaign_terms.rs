//! The terms that campaigns add to a subject's score: their definitions and sentences.

use super::memberships::CampaignRole;
use crate::integrity::campaigns::{Campaign, CampaignKind, Direction};
use crate::integrity::signals::{AGAINST_RIVAL, REPURPOSED};
use crate::integrity::terms::{Family, Spec, Wording};

/// The term of a pushed campaign, and that of carried-over reviews. The latter are no fake reviews,
/// so other rules apply to them.
pub(super) struct CampaignSpecs {
    pushed: Spec,
    /// None where it is as the term of any push.
    attacking: Option<Spec>,
    carried_over: Spec,
}

impl CampaignSpecs {
    /// The term of a campaign.
    pub(super) const fn of(&'static self, campaign: &Campaign) -> &'static Spec {
        match (campaign.kind, campaign.direction, &self.attacking) {
            (CampaignKind::CarriedOver, ..) => &self.carried_over,
            (CampaignKind::Push, Direction::Attack, Some(attacking)) => attacking,
            (CampaignKind::Push, ..) => &self.pushed,
        }
    }
}

/// On a review.
pub(super) static REVIEW: CampaignSpecs = CampaignSpecs {
    pushed: spec(
        "review.campaign",
        |_, campaign| format!("it is part of {}", group(campaign)),
        organised,
    ),
    attacking: Some(
        spec(
            "review.campaign",
            |_, campaign| format!("it is part of {}", group(campaign)),
            organised,
        )
        .indicating(AGAINST_RIVAL),
    ),
    carried_over: spec(
        "review.campaign",
        |_, campaign| {
            format!(
                "it was written before its listing became another product (campaign {})",
                campaign.id
            )
        },
        intended,
    )
    .indicating(REPURPOSED),
};

/// On an author. Carried-over reviews do not count against their authors.
pub(super) static REVIEWER: Spec = spec(
    "reviewer.campaign",
    |planted, campaign| {
        let group = group(campaign);
        match rounded(planted) {
            1 => format!("1 of the author's reviews is part of {group}"),
            several => format!("about {several} of the author's reviews are part of {group}"),
        }
    },
    organised,
);

/// On a listing or a seller that the campaign promotes.
pub(super) static LISTING: CampaignSpecs = CampaignSpecs {
    pushed: spec(
        "listing.campaign",
        |planted, campaign| {
            let reviews = about_reviews(planted, "positive review", ["is", "are"]);
            format!("{reviews} part of {}", group(campaign))
        },
        self_promotion,
    ),
    attacking: None,
    carried_over: spec(
        "listing.campaign",
        |planted, campaign| {
            format!(
                "{} from before the page became another product (campaign {})",
                about_reviews(planted, "review", ["dates", "date"]),
                campaign.id
            )
        },
        self_promotion,
    )
    .indicating(REPURPOSED),
};

/// On a listing or a seller that the campaign attacks.
pub(super) static LISTING_ATTACK: Spec = spec(
    "listing.attack.campaign",
    |planted, campaign| {
        let reviews = about_reviews(planted, "negative review", ["is", "are"]);
        format!("{reviews} part of {}", group(campaign))
    },
    attack,
);

/// Makes a campaign's term. The facts of a campaign have caps of their own.
const fn spec(
    code: &'static str,
    fact: fn(f64, &Campaign) -> String,
    judgement: fn(&Campaign) -> String,
) -> Spec {
    let wording = Wording::Campaign { fact, judgement };
    Spec {
        cap: f64::INFINITY,
        ..Spec::new(code, Family::Campaign, wording)
    }
}

fn rounded(planted: f64) -> u64 {
    // A cast of a float saturates.
    planted.round().max(1.0) as u64
}

fn about_reviews(planted: f64, noun: &str, [one, several]: [&str; 2]) -> String {
    match rounded(planted) {
        1 => format!("about 1 {noun} {one}"),
        planted => format!("about {planted} {noun}s {several}"),
    }
}

fn group(campaign: &Campaign) -> String {
    format!(
        "a group of reviews that came close together (campaign {})",
        campaign.id
    )
}

fn organised(campaign: &Campaign) -> String {
    was("organised", CampaignRole::Writing.chance(campaign))
}

fn intended(campaign: &Campaign) -> String {
    was("intended", CampaignRole::Writing.chance(campaign))
}

/// How likely it is that the reviews were organised, or the change of the page intended.
fn was(done: &str, probability: f64) -> String {
    let percent = percent(probability);
    match Degree::of(probability) {
        Degree::Low => {
            format!("This was probably not {done}: the probability that it was is {percent}")
        }
        Degree::Middle => format!("This may have been {done}: the probability is {percent}"),
        Degree::High => format!("This was very probably {done}: the probability is {percent}"),
    }
}

fn self_promotion(campaign: &Campaign) -> String {
    likely("Self-promotion", CampaignRole::Promotion.chance(campaign))
}

fn attack(campaign: &Campaign) -> String {
    let probability = CampaignRole::Attack.chance(campaign);
    let judgement = likely("An attack", probability);
    match Degree::of(probability) {
        Degree::Low if campaign.is_by_customers() => format!(
            "{judgement}. Many customers were critical within days, as after a recall, a price error or \
             an update"
        ),
        _ => judgement,
    }
}

/// How likely an explanation is.
fn likely(explanation: &str, probability: f64) -> String {
    let percent = percent(probability);
    let degree = match Degree::of(probability) {
        Degree::Low => "not likely",
        Degree::Middle => "possible",
        Degree::High => "very likely",
    };
    format!("{explanation} is {degree}: its probability is {percent}")
}

/// The degree of a probability, so that a low and a high one do not read alike.
enum Degree {
    /// Below 50 %.
    Low,
    /// From 50 % to below 90 %.
    Middle,
    /// From 90 %.
    High,
}

impl Degree {
    /// The degree of a probability as it is shown, so that words and number agree.
    fn of(probability: f64) -> Self {
        match (100.0 * probability).round() {
            percent if percent >= 90.0 => Self::High,
            percent if percent >= 50.0 => Self::Middle,
            _ => Self::Low,
        }
    }
}

/// A probability in words. No evidence is certain.
fn percent(probability: f64) -> String {
    let percent = (100.0 * probability).round();
    if percent > 99.0 {
        "above 99 %".to_owned()
    } else if percent < 1.0 {
        "below 1 %".to_owned()
    } else {
        format!("{percent:.0} %")
    }
}

/// The definitions of all terms of a campaign, for the table of sentences.
#[cfg(test)]
pub(in crate::integrity) fn campaign_specs(campaign: &Campaign) -> Vec<&'static Spec> {
    match campaign.kind {
        CampaignKind::Push => vec![
            REVIEW.of(campaign),
            &REVIEWER,
            LISTING.of(campaign),
            &LISTING_ATTACK,
        ],
        CampaignKind::CarriedOver => vec![REVIEW.of(campaign), LISTING.of(campaign)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probability_is_never_shown_as_certain() {
        assert_eq!(percent(0.97), "97 %");
        assert_eq!(percent(0.996), "above 99 %");
        assert_eq!(percent(0.002), "below 1 %");
    }

    #[test]
    fn words_follow_the_shown_probability() {
        assert_eq!(
            was("organised", 0.21),
            "This was probably not organised: the probability that it was is 21 %"
        );
        assert_eq!(
            was("organised", 0.495),
            "This may have been organised: the probability is 50 %"
        );
        assert_eq!(
            was("organised", 0.97),
            "This was very probably organised: the probability is 97 %"
        );
        for (probability, expected) in [
            (0.0, "An attack is not likely: its probability is below 1 %"),
            (0.494, "An attack is not likely: its probability is 49 %"),
            (0.894, "An attack is possible: its probability is 89 %"),
            (0.895, "An attack is very likely: its probability is 90 %"),
        ] {
            assert_eq!(likely("An attack", probability), expected);
        }
    }
}
