//! A campaign and reasons of every kind, for the table of served sentences.

use super::super::attribution::attribute;
use super::super::campaign_factors::CampaignFactors;
use super::super::hijacked_listings;
use super::super::words::opening;
use super::*;

/// A campaign of a kind.
pub(in crate::integrity) fn example_campaign(kind: CampaignKind) -> Campaign {
    let facts = CampaignFactors::example();
    let (reasons, posterior) = attribute(&facts, Direction::Promote);
    Campaign {
        id: "a6d2e18dd6f017b8".to_owned(),
        kind,
        merged_from: Vec::new(),
        direction: Direction::Promote,
        first_day: 15_706,
        last_day: 15_712,
        members: Vec::new(),
        fringe: Vec::new(),
        expected: facts.expected,
        reviewers: Vec::new(),
        listings: Vec::new(),
        windows: Vec::new(),
        posterior,
        summary: match kind {
            CampaignKind::Push => opening(&facts),
            CampaignKind::CarriedOver => hijacked_listings::summary(31),
        },
        reasons,
    }
}

/// Reasons of every kind, each sentence once.
pub(in crate::integrity) fn example_reasons() -> Vec<Reason> {
    let facts = CampaignFactors::example();
    let program = CampaignFactors::sampling_program_example();
    let mut reasons = attribute(&facts, Direction::Promote).0;
    reasons.extend(attribute(&facts, Direction::Attack).0);
    reasons.extend(attribute(&program, Direction::Promote).0);
    reasons.extend(hijacked_listings::example_reasons());
    let mut sentences = std::collections::BTreeSet::new();
    reasons.retain(|reason| sentences.insert(reason.sentence.clone()));
    reasons
}
