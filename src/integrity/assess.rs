//! Assessments: the signals of one subject, fused.

use super::evidence::{Measure, Spec};
use super::fusion::{Band, Fused, fuse};
use super::signals::{listing, review, reviewer};
use crate::state::State;

/// Below this share of measurable signals no band is given.
const COVERAGE_LEAST: f64 = 0.25;
/// Fewest reviews of a listing or a seller.
const REVIEWS_LEAST: u32 = 5;
/// Fewest reviews of an author.
const AUTHOR_LEAST: u32 = 3;

/// What is to be said of one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessed {
    /// How likely manipulation is in the subject's own favour (or by it, for authors and reviews).
    pub fused: Fused<'static>,
    /// Of `fused`.
    pub band: Band,
    /// How likely it is that others attack the subject; none where nothing could be measured, and
    /// for authors and reviews.
    pub attack: Option<Fused<'static>>,
}

/// Assesses a review. An unknown row, and one of which only the removal has arrived, has no
/// evidence at all.
pub fn assess_review(state: &State, row: u32) -> Assessed {
    let held = state.reviews().get(row).filter(|review| review.arrived());
    let held = held.and_then(|held| Some((held, state.listings().get(held.listing)?)));
    let fused = fuse(review::ALL.iter().map(|(spec, measure)| {
        let measured = held.map_or(Measure::Silent("unknown review"), |(review, listing)| {
            measure(state, review, listing)
        });
        (spec, measured)
    }));
    assessed(fused, None, held.is_some())
}

/// Assesses an author.
pub fn assess_reviewer(state: &State, row: u32) -> Assessed {
    let reviews = state
        .reviewers()
        .get(row)
        .map_or(0, |author| author.reviews);
    let fused = fuse(
        reviewer::ALL
            .iter()
            .map(|(signal, spec)| (spec, reviewer::measure(state, row, *signal))),
    );
    assessed(fused, None, reviews >= AUTHOR_LEAST)
}

/// Assesses a listing.
pub fn assess_listing(state: &State, row: u32) -> Assessed {
    let up = state.listings().get(row).map_or(0, |row| row.tally.up());
    let of = |(signal, spec): &'static (_, Spec)| (spec, listing::measure(state, row, *signal));
    let own = fuse(listing::OWN.iter().map(of));
    let attack = fuse(listing::ATTACK.iter().map(of));
    assessed(own, Some(attack), up >= REVIEWS_LEAST)
}

/// Assesses a seller as one large listing: its listings' counts are summed, so that each weighs by
/// its reviews, and compared with listings of that size.
pub fn assess_seller(state: &State, row: u32) -> Assessed {
    let tally = state.sellers().get(row).map(|seller| seller.tally);
    let tally = tally.unwrap_or_default();
    let of =
        |(signal, spec): &'static (_, Spec)| (spec, listing::measure_sum(state, &tally, *signal));
    let own = fuse(listing::OWN.iter().map(of));
    let attack = fuse(listing::ATTACK.iter().map(of));
    assessed(own, Some(attack), tally.up() >= REVIEWS_LEAST)
}

fn assessed(fused: Fused<'static>, attack: Option<Fused<'static>>, enough: bool) -> Assessed {
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
