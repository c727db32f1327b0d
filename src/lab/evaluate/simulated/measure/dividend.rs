//! Coverage of the dividend's intervals.

use super::campaigns::mean;
use super::{Played, Truth};
use crate::integrity::dividend::{Formula, dividend};
use crate::lab::evaluate::simulated::Coverage;
use crate::stats::Interval;

/// Listings with fewer reviews are left out.
const REVIEWS_LEAST: u32 = 10;

/// The scheme whose reviews cannot be separated from honest ones: they are honest reviews of
/// another product.
const HIJACK: &str = "hijacked_listing";

/// The set of listings.
#[derive(Clone, Copy, Debug)]
enum Which {
    Planted,
    NotHijacked,
    All,
}

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
            [Which::Planted, Which::NotHijacked, Which::All]
                .map(|which| of_formula(played, truth, (name, formula), which))
        })
        .collect()
}

fn of_formula(
    played: &Played,
    truth: &Truth,
    (name, formula): (&str, Formula),
    which: Which,
) -> Coverage {
    let state = &played.state;
    let (mut covered, mut errors, mut displayed) = (Vec::new(), Vec::new(), Vec::new());
    for (row, listing) in state.listings().numbered() {
        if listing.tally.up() < REVIEWS_LEAST {
            continue;
        }
        let up = || {
            state
                .reviews_of_listing(row)
                .filter(|(_, review)| review.removed.is_none())
        };
        let schemes = || up().filter_map(|(review, _)| truth.reviews.get(&review));
        let wanted = match which {
            Which::All => true,
            Which::Planted => schemes().next().is_some(),
            Which::NotHijacked => {
                schemes().next().is_some() && schemes().all(|scheme| *scheme != HIJACK)
            }
        };
        if !wanted {
            continue;
        }
        let genuine = up().filter(|(review, _)| !truth.is_planted(*review));
        let Some(clean) = formula.rating(state, genuine.map(|(_, review)| review)) else {
            continue;
        };
        let Some(measured) = dividend(
            state,
            &played.evidence,
            &[row],
            formula,
            row.number().into(),
        ) else {
            continue;
        };
        let Interval { low, high } = measured.clean_interval;
        covered.push(f64::from(u8::from(
            low - 1e-9 <= clean && clean <= high + 1e-9,
        )));
        errors.push((measured.clean - clean).abs());
        displayed.push((measured.displayed - clean).abs());
    }
    Coverage {
        formula: name.to_owned(),
        listings: match which {
            Which::Planted => "with planted reviews",
            Which::NotHijacked => "these, hijacked ones apart",
            Which::All => "all",
        }
        .to_owned(),
        count: covered.len() as u64,
        covered: mean(&covered),
        error: mean(&errors),
        displayed_error: mean(&displayed),
    }
}
