//! Estimates how many candidates of each marketplace are made, and weighs each candidate by that.
//!
//! A candidate's probability is one less its local false discovery rate (Efron, JASA 99, 2004): with
//! the share of made candidates it is `share f1 / (share f1 + (1 - share) f0)`. Reasons give the
//! ratio of the two densities. The share follows from all candidates of the marketplace by
//! expectation and maximisation, and leans on a share that is assumed before any candidate is seen.

use super::{Campaign, attribution};
use crate::state::State;

/// Share of candidates that are made, before any is seen. Most bursts come by themselves.
pub(super) const PRIOR: f64 = 0.1;
/// Number of candidates that it counts for.
const PRIOR_COUNTS: f64 = 20.0;
/// Bounds of an estimate.
const SHARE: (f64, f64) = (0.02, 0.5);
/// Rounds; the estimate hardly moves after a few.
const ROUNDS: usize = 20;

/// Gives each candidate the probabilities that its marketplace's share makes of its reasons.
pub(super) fn weigh(state: &State, campaigns: &mut [Campaign]) {
    let mut by_market: Vec<Vec<usize>> = Vec::new();
    for (number, campaign) in campaigns.iter().enumerate() {
        let market = marketplace(state, campaign);
        by_market.resize_with(by_market.len().max(market + 1), Vec::new);
        by_market[market].push(number);
    }
    for numbers in by_market {
        let mut share = PRIOR;
        for _ in 0..ROUNDS {
            let mut made: Vec<f64> = numbers
                .iter()
                .map(|number| posterior(&campaigns[*number], share).made())
                .collect();
            // The sum must not depend on the order of candidates.
            made.sort_by(f64::total_cmp);
            let sum: f64 = made.iter().sum();
            share = (PRIOR_COUNTS * PRIOR + sum) / (PRIOR_COUNTS + made.len() as f64);
            share = share.clamp(SHARE.0, SHARE.1);
        }
        for number in numbers {
            campaigns[number].posterior = posterior(&campaigns[number], share);
        }
    }
}

fn posterior(campaign: &Campaign, share: f64) -> attribution::Posterior {
    attribution::posterior(&campaign.reasons, campaign.direction, share)
}

fn marketplace(state: &State, campaign: &Campaign) -> usize {
    let listing = campaign.listings.first();
    let listing = listing.and_then(|row| state.listings().get(*row));
    listing.map_or(0, |listing| usize::from(listing.marketplace))
}
