//! The terms that campaigns add to a subject's score: their definitions and sentences.

use super::memberships::CampaignRole;
use crate::integrity::campaigns::{Campaign, CampaignKind};
use crate::integrity::signals::REPURPOSED;
use crate::integrity::terms::{Family, Spec, Wording};

/// The term of a campaign that was pushed onto its listings, and that of one whose reviews were
/// carried over. The latter are no fake reviews, so that other rules apply.
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
        let sure = surely(campaign, CampaignRole::Writing);
        format!(
            "it lies in campaign {}, somebody's doing with {sure}",
            campaign.id
        )
    }),
    carried_over: spec("review.campaign", |_, campaign| {
        let sure = surely(campaign, CampaignRole::Writing);
        format!(
            "it came before its listing became another product (campaign {}), made to serve that \
             one with {sure}",
            campaign.id
        )
    })
    .indicating(REPURPOSED),
};

/// On an author. Authors of reviews that were carried over did nothing.
pub(super) static REVIEWER: Spec = spec("reviewer.campaign", |planted, campaign| {
    let lie = if rounded(planted) > 1.0 {
        format!("about {:.0} of the author's reviews lie", rounded(planted))
    } else {
        "1 of the author's reviews lies".to_owned()
    };
    let sure = surely(campaign, CampaignRole::Writing);
    format!(
        "{lie} in campaign {}, somebody's doing with {sure}",
        campaign.id
    )
});

/// On a listing or a seller that the campaign promotes.
pub(super) static LISTING: CampaignSpecs = CampaignSpecs {
    pushed: spec("listing.campaign", |planted, campaign| {
        let lie = about_reviews(planted, " of praise", "lie");
        let sure = surely(campaign, CampaignRole::Promotion);
        format!(
            "{lie} in campaign {}, its own promotion with {sure}",
            campaign.id
        )
    }),
    carried_over: spec("listing.campaign", |planted, campaign| {
        let date = about_reviews(planted, "", "date");
        let sure = surely(campaign, CampaignRole::Promotion);
        format!(
            "{date} from before the page became another product (campaign {}), its own promotion \
             with {sure}",
            campaign.id
        )
    })
    .indicating(REPURPOSED),
};

/// On a listing or a seller that the campaign attacks.
pub(super) static LISTING_ATTACK: Spec = spec("listing.attack.campaign", |planted, campaign| {
    let lie = about_reviews(planted, " of blame", "lie");
    let sure = surely(campaign, CampaignRole::Attack);
    format!("{lie} in campaign {}, an attack with {sure}", campaign.id)
});

/// Makes a campaign's term. The facts of a campaign have caps of their own.
const fn spec(code: &'static str, fact: fn(f64, &Campaign) -> String) -> Spec {
    Spec {
        cap: f64::INFINITY,
        ..Spec::new(code, Family::Campaign, Wording::Campaign(fact))
    }
}

fn rounded(planted: f64) -> f64 {
    planted.round().max(1.0)
}

fn about_reviews(planted: f64, of: &str, verb: &str) -> String {
    let planted = rounded(planted);
    if planted > 1.0 {
        format!("about {planted:.0} reviews{of} {verb}")
    } else {
        format!("about 1 review{of} {verb}s")
    }
}

/// The probability of a campaign's role in words.
fn surely(campaign: &Campaign, role: CampaignRole) -> String {
    probability(role.chance(campaign))
}

/// A probability in words. No evidence is certain.
fn probability(probability: f64) -> String {
    let percent = (100.0 * probability).round();
    if percent > 99.0 {
        "a probability above 99 %".to_owned()
    } else if percent < 1.0 {
        "a probability below 1 %".to_owned()
    } else {
        format!("a probability of {percent:.0} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_probability_is_called_certain() {
        assert_eq!(probability(0.97), "a probability of 97 %");
        assert_eq!(probability(0.996), "a probability above 99 %");
        assert_eq!(probability(0.002), "a probability below 1 %");
    }
}
