//! Estimates the planted reviews that no search finds.
//!
//! The search hardly ever finds all of a campaign, which begins before it is visible. Of a
//! campaign's reviews on a listing, up to a fifth more are assumed among the other reviews of the
//! same polarity. Every share up to that is equally likely.

use std::collections::BTreeMap;

use super::Item;
use crate::state::ListingIx;

/// Largest share of a campaign that is missed.
const SHARE_MOST: f64 = 0.2;
/// Most that an unsuspected review is suspected for others' sake.
const CHANCE_MOST: f64 = 0.5;

/// Reviews that may be missed on one listing and polarity.
#[derive(Debug, Default)]
struct Place {
    // Reviews found, by campaign.
    found: BTreeMap<u32, f64>,
    others: f64,
}

/// Reviews that may be missed on some listings.
#[derive(Debug)]
pub(super) struct Missed(BTreeMap<(Option<ListingIx>, usize), Place>);

impl Missed {
    /// Of the campaigns that were `pushed`.
    pub(super) fn of(items: &[Item], pushed: impl Fn(u32) -> bool) -> Self {
        let mut places: BTreeMap<_, Place> = BTreeMap::new();
        for item in items {
            let place = places.entry(item.place).or_default();
            match item.campaign {
                Some((campaign, belongs)) if pushed(campaign) => {
                    *place.found.entry(campaign).or_default() += belongs;
                }
                Some(_) => {}
                None => place.others += 1.0,
            }
        }
        places.retain(|_, place| !place.found.is_empty() && place.others > 0.0);
        Self(places)
    }

    /// The probability, by place, that a review outside of all campaigns was planted as well.
    /// `share` is the part of the largest share that was missed of each campaign, 0 to 1.
    pub(super) fn chances(
        &self,
        share: impl Fn(u32) -> f64,
    ) -> BTreeMap<(Option<ListingIx>, usize), f64> {
        let places = self.0.iter().map(|(key, place)| {
            let missed = place
                .found
                .iter()
                .map(|(campaign, found)| found * share(*campaign));
            let missed = SHARE_MOST * missed.sum::<f64>();
            (*key, (missed / place.others).min(CHANCE_MOST))
        });
        places.collect()
    }
}
