//! How far a single review is to be doubted where reviews are added up.

use super::campaigns::Campaigns;
use super::own_signals::assess_review;
use crate::state::{ReviewIx, State};

/// What a review's own signals count for begins here. Without verdicts they order reviews but are not
/// calibrated: a usual review stands at one in ten, which would take a tenth of everybody's.
const OWN_LEAST: f64 = 0.5;

/// Probability that a review is manipulated, 0 to 1: by the campaign that it belongs to, or by its
/// own signals as far as they say more likely than not.
pub fn suspicion(state: &State, campaigns: &Campaigns, row: ReviewIx) -> f64 {
    let own = own_suspicion(state, row);
    let together = campaigns.of_review(row).map_or(0.0, |(place, belongs)| {
        let campaign = campaigns.all().get(place as usize);
        campaign.map_or(0.0, |campaign| campaign.confidence() * belongs)
    });
    1.0 - (1.0 - own) * (1.0 - together)
}

/// The part of it that a review's own signals say, 0 to 1.
pub(super) fn own_suspicion(state: &State, row: ReviewIx) -> f64 {
    let own = assess_review(state, row).fused.estimate.probability();
    ((own - OWN_LEAST) / (1.0 - OWN_LEAST)).max(0.0)
}
