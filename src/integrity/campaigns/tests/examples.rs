//! A campaign and reasons of every kind, for the table of served sentences.

use super::super::attribution;
use super::super::campaign_factors::CampaignFactors;
use super::super::words::opening;
use super::super::{hijacked_listings, prevalence};
use super::*;

/// A campaign of a kind.
pub(in crate::integrity) fn example_campaign(kind: CampaignKind) -> Campaign {
    let facts = CampaignFactors::example();
    let reasons = attribution::reasons(&facts, Direction::Promote);
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
        posterior: attribution::posterior(&reasons, Direction::Promote, prevalence::PRIOR),
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
    let mut reasons = attribution::reasons(&facts, Direction::Promote);
    reasons.extend(attribution::reasons(&facts, Direction::Attack));
    reasons.extend(attribution::reasons(&program, Direction::Promote));
    reasons.extend(hijacked_listings::example_reasons());
    let mut sentences = std::collections::BTreeSet::new();
    reasons.retain(|reason| sentences.insert(reason.sentence.clone()));
    reasons
}
