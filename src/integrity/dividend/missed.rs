//! Estimates the planted reviews that no search finds.
//!
//! The search hardly ever finds all of a campaign, which begins before it is visible. Of a
//! campaign's reviews on a listing, up to a fifth more are assumed among the other reviews of the
//! same polarity. Every share up to that is equally likely.

use std::collections::BTreeMap;

use super::{Item, ReviewSide};

/// Largest share of a campaign that is missed.
const SHARE_MOST: f64 = 0.2;
/// Most that an unsuspected review is suspected for others' sake.
const CHANCE_MOST: f64 = 0.5;

/// Reviews that may be missed on one listing and polarity.
#[derive(Debug, Default)]
struct SideCounts {
    // Reviews of the campaigns, by campaign.
    by_campaign: BTreeMap<u32, f64>,
    others: f64,
}

/// Reviews that may be missed on some listings.
#[derive(Debug)]
pub(super) struct Missed(BTreeMap<ReviewSide, SideCounts>);

impl Missed {
    /// Of the campaigns that were `pushed`.
    pub(super) fn of(items: &[Item], pushed: impl Fn(u32) -> bool) -> Self {
        let mut sides: BTreeMap<ReviewSide, SideCounts> = BTreeMap::new();
        for item in items {
            let counts = sides.entry(item.side).or_default();
            match item.campaign {
                Some(part) if pushed(part.index) => {
                    *counts.by_campaign.entry(part.index).or_default() += part.belongs;
                }
                Some(_) => {}
                None => counts.others += 1.0,
            }
        }
        sides.retain(|_, counts| !counts.by_campaign.is_empty() && counts.others > 0.0);
        Self(sides)
    }

    /// The probability, by listing and polarity, that a review outside of all campaigns was planted
    /// as well. `share` is the part of the largest share that was missed of each campaign, 0 to 1.
    pub(super) fn chances(&self, share: impl Fn(u32) -> f64) -> BTreeMap<ReviewSide, f64> {
        let chances = self.0.iter().map(|(side, counts)| {
            let missed = counts
                .by_campaign
                .iter()
                .map(|(campaign, reviews)| reviews * share(*campaign));
            let missed_reviews = SHARE_MOST * missed.sum::<f64>();
            (*side, (missed_reviews / counts.others).min(CHANCE_MOST))
        });
        chances.collect()
    }
}
