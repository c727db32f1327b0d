//! Assesses subjects by their own signals alone: on arrival, for daily history and before the first
//! corpus evidence. Served assessments are those of [`super::CorpusEvidence`].

use super::fusion::{Fused, fuse};
use super::signals::listing::ListingContext;
use super::signals::reviewer::ReviewerContext;
use super::signals::{ReviewContext, Signal, listing, review, reviewer};
use super::terms::{Measure, Spec};
use crate::domain::Band;
use crate::state::{Candidate, ListingIx, ReviewIx, ReviewerIx, SellerIx, State, Tally};

/// Below this share of measurable signals no band is given.
const COVERAGE_LEAST: f64 = 0.25;
/// Fewest reviews of a listing or a seller.
const REVIEWS_LEAST: u32 = 5;
/// Fewest reviews of an author.
const AUTHOR_LEAST: u32 = 3;
/// Outcome of every signal on a review that has been removed or has not arrived.
const UNKNOWN: Measure = Measure::Silent("unknown review");

/// The assessment of one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessed {
    /// How likely manipulation is in the subject's own favour (or by it, for authors and reviews).
    pub fused: Fused,
    /// Of `fused`.
    pub band: Band,
    /// How likely it is that others attack the subject. None where nothing could be measured, and
    /// for authors and reviews.
    pub attack: Option<Fused>,
}

/// Assesses a review. An unknown row, and one of which only the removal has arrived, has no
/// evidence at all. A copy has the risk of its original.
pub fn assess_review(state: &State, row: ReviewIx) -> Assessed {
    match ReviewContext::standing(state, state.original_of(row)) {
        Some(context) => assess_review_context(&context),
        None => assessed(
            fuse(review::ALL.iter().map(|signal| (&signal.spec, UNKNOWN))),
            None,
            false,
        ),
    }
}

/// Assesses a review as if it had just arrived. Nothing is stored. A copy has the risk of
/// its original.
pub fn screen_review(state: &State, candidate: &Candidate) -> Assessed {
    if let Some(original) = candidate.copy_of {
        return assess_review(state, original);
    }
    assess_review_context(&ReviewContext::arriving(state, candidate))
}

/// The log-odds of an arriving review, in 256ths, as they are stored.
pub fn arrival_score(arriving: &Assessed) -> i16 {
    score_steps(arriving.fused.estimate.log_odds)
}

/// Log-odds in the precision in which those of an arrival are stored.
pub fn stored_precision(log_odds: f64) -> f64 {
    f64::from(score_steps(log_odds)) / 256.0
}

fn score_steps(log_odds: f64) -> i16 {
    // A cast of a float saturates, and scores are far from the ends.
    libm::round(log_odds * 256.0) as i16
}

fn assess_review_context(context: &ReviewContext<'_>) -> Assessed {
    let measures = review::ALL.iter();
    let fused = fuse(measures.map(|signal| (&signal.spec, (signal.measure)(context))));
    assessed(fused, None, true)
}

/// Whether an author has enough reviews to be assessed.
pub fn may_assess_reviewer(state: &State, row: ReviewerIx) -> bool {
    let author = state.reviewers().get(row);
    author.is_some_and(|author| author.reviews >= AUTHOR_LEAST)
}

/// Whether a listing or a seller has enough reviews to be assessed.
pub fn may_assess_tally(tally: &Tally) -> bool {
    tally.up() >= REVIEWS_LEAST
}

/// Assesses an author.
pub fn assess_reviewer(state: &State, row: ReviewerIx) -> Assessed {
    assess_reviewer_context(
        &ReviewerContext::of(state, row),
        may_assess_reviewer(state, row),
    )
}

/// As [`assess_reviewer`], for a daily point: from the counts that are kept as events come. A daily
/// walk over all its reviews would cost the more, the longer an author writes.
pub fn assess_reviewer_daily(state: &State, row: ReviewerIx) -> Assessed {
    let context = ReviewerContext::counted_only(state, row);
    assess_reviewer_context(&context, may_assess_reviewer(state, row))
}

fn assess_reviewer_context(context: &ReviewerContext<'_>, enough: bool) -> Assessed {
    let measures = reviewer::ALL.iter();
    let fused = fuse(measures.map(|signal| (&signal.spec, (signal.measure)(context))));
    assessed(fused, None, enough)
}

/// Assesses a listing.
pub fn assess_listing(state: &State, row: ListingIx) -> Assessed {
    assess_listing_context(state, row, &ListingContext::of(state, row))
}

/// As [`assess_listing`], for a daily point: without a walk over all its days.
pub fn assess_listing_daily(state: &State, row: ListingIx) -> Assessed {
    assess_listing_context(state, row, &ListingContext::counted_only(state, row))
}

fn assess_listing_context(state: &State, row: ListingIx, context: &ListingContext<'_>) -> Assessed {
    let listing = state.listings().get(row);
    let enough = listing.is_some_and(|row| may_assess_tally(&row.tally));
    let (own, attack) = own_and_attack(context);
    assessed(own, Some(attack), enough)
}

/// Assesses a seller as one large listing. Its listings' counts are summed, so that each weighs by
/// its reviews, and compared with listings of that size on its marketplace.
pub fn assess_seller(state: &State, row: SellerIx) -> Assessed {
    let seller = state.sellers().get(row);
    let tally = seller.map(|seller| seller.tally).unwrap_or_default();
    let (own, attack) = own_and_attack(&ListingContext::sum(state, row, &tally));
    assessed(own, Some(attack), may_assess_tally(&tally))
}

/// Own risk, and the risk of an attack.
fn own_and_attack(context: &ListingContext<'_>) -> (Fused, Fused) {
    let fused = |signals| fuse(measures_of(context, signals));
    (fused(&listing::OWN), fused(&listing::ATTACK))
}

/// The measures of a listing or a seller.
pub(super) fn measures_of<'a>(
    context: &'a ListingContext<'_>,
    signals: &'static [Signal<listing::Measurer>],
) -> impl Iterator<Item = (&'static Spec, Measure)> + 'a {
    let of = |signal: &'static Signal<listing::Measurer>| (&signal.spec, (signal.measure)(context));
    signals.iter().map(of)
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
