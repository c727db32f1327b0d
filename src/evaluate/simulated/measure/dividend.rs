//! Whether the dividend's intervals hold what they promise.

use super::campaigns::mean;
use super::{Played, Truth};
use crate::evaluate::simulated::Coverage;
use crate::integrity::dividend::{Formula, dividend};

/// Listings with fewer reviews are left out.
const REVIEWS_LEAST: u32 = 10;

pub(super) fn coverage(played: &Played, truth: &Truth) -> Vec<Coverage> {
    let formulas = [
        ("mean", Formula::Mean),
        (
            "half after 180 days",
            Formula::Recency {
                half_life_days: 180.0,
            },
        ),
        (
            "10 more of 4 stars",
            Formula::Prior {
                reviews: 10.0,
                stars: 4.0,
            },
        ),
    ];
    formulas
        .into_iter()
        .flat_map(|(name, formula)| {
            [("with planted reviews", true), ("all", false)].map(|(listings, planted)| {
                of_formula(played, truth, (name, formula), (listings, planted))
            })
        })
        .collect()
}

fn of_formula(
    played: &Played,
    truth: &Truth,
    (name, formula): (&str, Formula),
    (listings, planted_only): (&str, bool),
) -> Coverage {
    let state = &played.state;
    let (mut covered, mut errors, mut displayed) = (Vec::new(), Vec::new(), Vec::new());
    for (row, listing) in (0_u32..).zip(state.listings().iter()) {
        if listing.tally.up() < REVIEWS_LEAST {
            continue;
        }
        let up = || {
            state
                .reviews_of_listing(row)
                .filter(|(_, review)| review.removed.is_none())
        };
        if planted_only && !up().any(|(review, _)| truth.is_planted(review)) {
            continue;
        }
        let genuine = up().filter(|(review, _)| !truth.is_planted(*review));
        let Some(clean) = formula.rating(state, genuine.map(|(_, review)| review)) else {
            continue;
        };
        let Some(found) = dividend(state, &played.campaigns, &[row], formula, u64::from(row))
        else {
            continue;
        };
        let (low, high) = found.clean_interval;
        covered.push(f64::from(u8::from(
            low - 1e-9 <= clean && clean <= high + 1e-9,
        )));
        errors.push((found.clean - clean).abs());
        displayed.push((found.displayed - clean).abs());
    }
    Coverage {
        formula: name.to_owned(),
        listings: listings.to_owned(),
        count: covered.len() as u64,
        covered: mean(&covered),
        error: mean(&errors),
        displayed_error: mean(&displayed),
    }
}
