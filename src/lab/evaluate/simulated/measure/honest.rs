//! False positives among honest sellers, by group.

use std::collections::{BTreeMap, HashSet};

use super::{FLAGGED, Played, Truth};
use crate::domain::Band;
use crate::integrity::campaigns::Attribution;
use crate::lab::evaluate::simulated::Honest;

/// Sellers with fewer reviews get no band.
const REVIEWS_LEAST: u32 = 5;

/// Counts manipulated sellers with a band, and those in band high or worse.
pub(super) fn caught(played: &Played, truth: &Truth) -> [u64; 2] {
    let state = &played.state;
    let mut caught = [0; 2];
    for (row, seller) in state.sellers().numbered() {
        if truth.sellers.contains(&row) && seller.tally.up() >= REVIEWS_LEAST {
            let assessed = played.evidence.assess_seller(state, row);
            caught[0] += 1;
            caught[1] += u64::from(assessed.band >= Band::High);
        }
    }
    caught
}

/// Counts honest sellers in all, then by size, home country and marketplace. The simulator writes
/// English only, so there are no groups by language.
pub(super) fn honest(played: &Played, truth: &Truth) -> Vec<Honest> {
    let state = &played.state;
    let mut promoted = HashSet::new();
    for campaign in played.evidence.campaigns().all() {
        let own = campaign.posterior.of(Attribution::SelfPromotion);
        if own >= FLAGGED {
            let listings = campaign
                .listings
                .iter()
                .filter_map(|row| state.listings().get(*row));
            promoted.extend(listings.filter_map(|listing| listing.seller));
        }
    }
    let mut groups: BTreeMap<String, Honest> = BTreeMap::new();
    for (row, seller) in state.sellers().numbered() {
        let size = seller.tally.up();
        if truth.sellers.contains(&row) || size < REVIEWS_LEAST {
            continue;
        }
        let assessed = played.evidence.assess_seller(state, row);
        let high = assessed.band >= Band::High;
        let country = played.countries.get(state.name(seller.name));
        let market = state
            .listings_of_seller(row)
            .next()
            .and_then(|l| state.listings().get(l));
        let market = market.map_or("", |listing| state.marketplace(listing.marketplace));
        let bounds = match size {
            0..20 => "5 to 19 reviews",
            20..100 => "20 to 99 reviews",
            _ => "100 or more reviews",
        };
        let names = [
            " all".to_owned(),
            format!("size {bounds}"),
            format!("country {}", country.map_or("unknown", String::as_str)),
            format!("marketplace {market}"),
        ];
        for name in names {
            let group = groups.entry(name.clone()).or_insert_with(|| Honest {
                group: name.trim().to_owned(),
                ..Honest::default()
            });
            group.sellers += 1;
            group.high += u64::from(high);
            group.promoted += u64::from(promoted.contains(&row));
        }
    }
    groups.into_values().collect()
}
