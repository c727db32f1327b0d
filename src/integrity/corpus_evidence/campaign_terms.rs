//! The terms that campaigns add to a subject's score: their definitions and sentences.

use super::memberships::CampaignRole;
use crate::integrity::campaigns::{Campaign, CampaignKind};
use crate::integrity::signals::REPURPOSED;
use crate::integrity::terms::{Family, Spec, Wording};

/// The term of a pushed campaign, and that of carried-over reviews. The latter are no fake reviews,
/// so other rules apply to them.
pub(super) struct CampaignSpecs {
    pushed: Spec,
    carried_over: Spec,
}

impl CampaignSpecs {
    /// The term of a campaign.
    pub(super) const fn of(&'static self, campaign: &Campaign) -> &'static Spec {
        match campaign.kind {
            CampaignKind::Push => &self.pushed,
            CampaignKind::CarriedOver => &self.carried_over,
        }
    }
}

/// On a review.
pub(super) static REVIEW: CampaignSpecs = CampaignSpecs {
    pushed: spec("review.campaign", |_, campaign| {
        format!("it is part of {}", organised(campaign))
    }),
    carried_over: spec("review.campaign", |_, campaign| {
        format!(
            "it was written before its listing became another product (campaign {}), and this was \
             intended with {}",
            campaign.id,
            probability(CampaignRole::Writing, campaign)
        )
    })
    .indicating(REPURPOSED),
};

/// On an author. Carried-over reviews do not count against their authors.
pub(super) static REVIEWER: Spec = spec("reviewer.campaign", |planted, campaign| {
    let organised = organised(campaign);
    match rounded(planted) {
        1 => format!("1 of the author's reviews is part of {organised}"),
        several => format!("about {several} of the author's reviews are part of {organised}"),
    }
});

/// On a listing or a seller that the campaign promotes.
pub(super) static LISTING: CampaignSpecs = CampaignSpecs {
    pushed: spec("listing.campaign", |planted, campaign| {
        format!(
            "{} part of campaign {}, which is self-promotion with {}",
            about_reviews(planted, "positive review", ["is", "are"]),
            campaign.id,
            probability(CampaignRole::Promotion, campaign)
        )
    }),
    carried_over: spec("listing.campaign", |planted, campaign| {
        format!(
            "{} from before the page became another product (campaign {}), which is \
             self-promotion with {}",
            about_reviews(planted, "review", ["dates", "date"]),
            campaign.id,
            probability(CampaignRole::Promotion, campaign)
        )
    })
    .indicating(REPURPOSED),
};

/// On a listing or a seller that the campaign attacks.
pub(super) static LISTING_ATTACK: Spec = spec("listing.attack.campaign", |planted, campaign| {
    format!(
        "{} part of campaign {}, which is an attack with {}",
        about_reviews(planted, "negative review", ["is", "are"]),
        campaign.id,
        probability(CampaignRole::Attack, campaign)
    )
});

/// Makes a campaign's term. The facts of a campaign have caps of their own.
const fn spec(code: &'static str, fact: fn(f64, &Campaign) -> String) -> Spec {
    Spec {
        cap: f64::INFINITY,
        ..Spec::new(code, Family::Campaign, Wording::Campaign(fact))
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

fn organised(campaign: &Campaign) -> String {
    format!(
        "campaign {}, which somebody organised with {}",
        campaign.id,
        probability(CampaignRole::Writing, campaign)
    )
}

/// The probability of a campaign's role in words.
fn probability(role: CampaignRole, campaign: &Campaign) -> String {
    in_words(role.chance(campaign))
}

/// A probability in words. No evidence is certain.
fn in_words(probability: f64) -> String {
    let percent = (100.0 * probability).round();
    if percent > 99.0 {
        "a probability above 99 %".to_owned()
    } else if percent < 1.0 {
        "a probability below 1 %".to_owned()
    } else {
        format!("a probability of {percent:.0} %")
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
    fn no_probability_is_called_certain() {
        assert_eq!(in_words(0.97), "a probability of 97 %");
        assert_eq!(in_words(0.996), "a probability above 99 %");
        assert_eq!(in_words(0.002), "a probability below 1 %");
    }
}
