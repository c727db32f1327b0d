//! Assessments: the signals of one subject, fused.

use super::fusion::{Fused, fuse};
use super::signals::listing::ListingContext;
use super::signals::reviewer::ReviewerContext;
use super::signals::{ReviewContext, Signal, listing, review, reviewer};
use super::terms::Measure;
use crate::domain::Band;
use crate::state::{AllListings, Candidate, State, Tally};

/// Below this share of measurable signals no band is given.
const COVERAGE_LEAST: f64 = 0.25;
/// Fewest reviews of a listing or a seller.
const REVIEWS_LEAST: u32 = 5;
/// Fewest reviews of an author.
const AUTHOR_LEAST: u32 = 3;
/// What a review says that is not there.
const UNKNOWN: Measure = Measure::Silent("unknown review");

/// What is to be said of one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessed {
    /// How likely manipulation is in the subject's own favour (or by it, for authors and reviews).
    pub fused: Fused,
    /// Of `fused`.
    pub band: Band,
    /// How likely it is that others attack the subject; none where nothing could be measured, and
    /// for authors and reviews.
    pub attack: Option<Fused>,
}

/// Assesses a review. An unknown row, and one of which only the removal has arrived, has no
/// evidence at all.
pub fn assess_review(state: &State, row: u32) -> Assessed {
    match ReviewContext::standing(state, row) {
        Some(seen) => assess_seen(&seen),
        None => assessed(
            fuse(review::ALL.iter().map(|signal| (&signal.spec, UNKNOWN))),
            None,
            false,
        ),
    }
}

/// Assesses a review as if it had just arrived. Nothing is stored.
pub fn screen_review(state: &State, candidate: &Candidate) -> Assessed {
    assess_seen(&ReviewContext::arriving(state, candidate))
}

/// The log-odds of a review that arrives, as they are kept: in 256ths.
pub fn arrival_score(arriving: &Assessed) -> i16 {
    steps(arriving.fused.estimate.log_odds)
}

/// Log-odds as they are kept of an arrival.
pub fn kept(log_odds: f64) -> f64 {
    f64::from(steps(log_odds)) / 256.0
}

fn steps(log_odds: f64) -> i16 {
    // A cast of a float saturates, and scores are far from the ends.
    libm::round(log_odds * 256.0) as i16
}

fn assess_seen(seen: &ReviewContext<'_>) -> Assessed {
    let measures = review::ALL.iter();
    let fused = fuse(measures.map(|signal| (&signal.spec, (signal.measure)(seen))));
    assessed(fused, None, true)
}

/// Whether an author has enough reviews to be assessed.
pub fn may_assess_reviewer(state: &State, row: u32) -> bool {
    let author = state.reviewers().get(row);
    author.is_some_and(|author| author.reviews >= AUTHOR_LEAST)
}

/// Whether a listing or a seller has enough reviews to be assessed.
pub fn may_assess_tally(tally: &Tally) -> bool {
    tally.up() >= REVIEWS_LEAST
}

/// Assesses an author.
pub fn assess_reviewer(state: &State, row: u32) -> Assessed {
    assess_author(
        &ReviewerContext::of(state, row),
        may_assess_reviewer(state, row),
    )
}

/// As [`assess_reviewer`], for a daily point: from what is counted as events come. A walk over all
/// its reviews each day would cost the more, the longer an author writes.
pub fn assess_reviewer_daily(state: &State, row: u32) -> Assessed {
    let author = ReviewerContext::counted_only(state, row);
    assess_author(&author, may_assess_reviewer(state, row))
}

fn assess_author(author: &ReviewerContext<'_>, enough: bool) -> Assessed {
    let measures = reviewer::ALL.iter();
    let fused = fuse(measures.map(|signal| (&signal.spec, (signal.measure)(author))));
    assessed(fused, None, enough)
}

/// Assesses a listing.
pub fn assess_listing(state: &State, row: u32) -> Assessed {
    assess_page(state, row, &ListingContext::of(state, row))
}

/// As [`assess_listing`], for a daily point: without a walk over all its days.
pub fn assess_listing_daily(state: &State, row: u32) -> Assessed {
    assess_page(state, row, &ListingContext::counted_only(state, row))
}

fn assess_page(state: &State, row: u32, page: &ListingContext<'_>) -> Assessed {
    let listing = state.listings().get(row);
    let enough = listing.is_some_and(|row| may_assess_tally(&row.tally));
    let (own, attack) = both(page);
    assessed(own, Some(attack), enough)
}

/// Assesses a seller as one large listing: its listings' counts are summed, so that each weighs by
/// its reviews, and compared with listings of that size.
pub fn assess_seller(state: &State, row: u32) -> Assessed {
    assess_seller_among(state, &state.baselines().all_listings(), row)
}

/// As [`assess_seller`], the listings of all marketplaces being summed for several sellers.
pub fn assess_seller_among(state: &State, all: &AllListings, row: u32) -> Assessed {
    let tally = state.sellers().get(row).map(|seller| seller.tally);
    let tally = tally.unwrap_or_default();
    let (own, attack) = both(&ListingContext::sum(state, row, &tally, all));
    assessed(own, Some(attack), may_assess_tally(&tally))
}

/// Own risk, and the risk of an attack.
pub(super) fn both(page: &ListingContext<'_>) -> (Fused, Fused) {
    let of = |signal: &'static Signal<listing::Measurer>| (&signal.spec, (signal.measure)(page));
    let own = fuse(listing::OWN.iter().map(of));
    (own, fuse(listing::ATTACK.iter().map(of)))
}

pub(super) fn assessed(fused: Fused, attack: Option<Fused>, enough: bool) -> Assessed {
    let band = if enough && fused.coverage >= COVERAGE_LEAST {
        Band::of(&fused.estimate)
    } else {
        Band::InsufficientData
    };
    let attack = attack.filter(|attack| !attack.terms.is_empty());
    Assessed {
        fused,
        band,
        attack,
    }
}

#[cfg(test)]
mod tests;
