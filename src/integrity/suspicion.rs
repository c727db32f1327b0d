//! How far a single review is to be doubted where reviews are added up.

use super::campaigns::Campaigns;
use super::own_signals::assess_review;
use crate::state::{ReviewIx, State};

/// Probability at which a review's own signals begin to count. Without verdicts they order reviews
/// but are not calibrated: a usual review has one in ten, which would discount a tenth of
/// everybody's.
const OWN_LEAST: f64 = 0.5;

/// Probability that a review is manipulated, 0 to 1. It comes from the review's campaign, and from
/// its own signals as far as they exceed one half.
pub fn suspicion(state: &State, campaigns: &Campaigns, row: ReviewIx) -> f64 {
    let own = own_suspicion(state, row);
    let original = campaigns.of_review(state.original_of(row));
    let by_campaign = original
        .or_else(|| campaigns.of_review(row))
        .map_or(0.0, |part| {
            let campaign = campaigns.all().get(part.index as usize);
            campaign.map_or(0.0, |campaign| campaign.confidence() * part.belongs)
        });
    1.0 - (1.0 - own) * (1.0 - by_campaign)
}

/// The part that comes from a review's own signals, 0 to 1.
pub(super) fn own_suspicion(state: &State, row: ReviewIx) -> f64 {
    let own = assess_review(state, row).fused.estimate.probability();
    ((own - OWN_LEAST) / (1.0 - OWN_LEAST)).max(0.0)
}
