//! Figures of a simulated market and its truth.

mod ablation;
mod beliefs;
mod campaigns;
mod dividend;
mod honest;
mod orders;

use std::collections::{BTreeMap, HashSet};

use orders::Orders;

use super::market::Played;
use super::{FLAGGED, Figures};
use crate::state::{ListingIx, ReviewIx, ReviewerIx, SellerIx};

/// The truth by rows.
pub(super) struct Truth {
    /// Schemes of each manipulated review.
    pub(super) reviews: BTreeMap<ReviewIx, &'static str>,
    /// Schemes of manipulated authors, listings and sellers.
    pub(super) reviewers: HashSet<ReviewerIx>,
    pub(super) listings: HashSet<ListingIx>,
    pub(super) sellers: HashSet<SellerIx>,
    /// Reviews of each push, by arrival, with its scheme.
    pub(super) pushes: BTreeMap<u32, (&'static str, Vec<ReviewIx>)>,
}

impl Truth {
    fn of(played: &Played) -> Self {
        let state = &played.state;
        let mut truth = Self {
            reviews: BTreeMap::new(),
            reviewers: HashSet::new(),
            listings: HashSet::new(),
            sellers: HashSet::new(),
            pushes: BTreeMap::new(),
        };
        for row in played.truth.iter().filter(|row| row.role == "manipulated") {
            match row.kind {
                "review" => {
                    let Some(review) = state.find_review(row.marketplace, &row.id) else {
                        continue;
                    };
                    truth.reviews.insert(review, row.scheme);
                    if let Some(push) = row.campaign {
                        let held = truth.pushes.entry(push);
                        held.or_insert((row.scheme, Vec::new())).1.push(review);
                    }
                }
                "reviewer" => truth
                    .reviewers
                    .extend(state.find_reviewer(row.marketplace, &row.id)),
                "listing" => truth
                    .listings
                    .extend(state.find_listing(row.marketplace, &row.id)),
                _ => truth.sellers.extend(state.find_seller(&row.id)),
            }
        }
        for (_, reviews) in truth.pushes.values_mut() {
            reviews.sort_unstable();
        }
        truth
    }

    pub(super) fn is_planted(&self, review: ReviewIx) -> bool {
        self.reviews.contains_key(&review)
    }
}

/// Measures everything.
pub fn measure(played: &Played) -> Figures {
    let truth = Truth::of(played);
    let orders = Orders::of(played);
    let mut figures = Figures {
        spec: played.spec.clone(),
        reviews_count: played.state.reviews().len().into(),
        pass_seconds: played.pass_seconds,
        reviews: orders.reviews(&truth, None),
        reviewers: orders.reviewers(played, &truth),
        listings: Orders::listings(played, &truth),
        sellers: Orders::sellers(played, &truth),
        caught: honest::caught(played, &truth),
        parts: ablation::ablation(played, &truth),
        honest: honest::honest(played, &truth),
        dividend: dividend::coverage(played, &truth),
        ..Figures::default()
    };
    campaigns::measure(played, &truth, &orders, &mut figures);
    figures
}
