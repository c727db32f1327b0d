//! One sum of a subject's own signals and of what a pass found.

use super::groups::Strongest;
use crate::integrity::evidence::{Reading, Spec};
use crate::integrity::fusion::{Fused, PRIOR_LOG_ODDS, Term, bound};

/// Least and most that the corpus detector adds. It ranks prolific authors far below the prior,
/// but many reviews can also be bought, so it says no more than that.
const CORPUS_BOUNDS: (f64, f64) = (-4.0, 2.6);

/// Joins the terms of the corpus detector and of a campaign to what own signals say.
///
/// A campaign that holds the subject with probability `m` puts the log-odds of `m` in the place of
/// what everything else says, and leaves a part `1 - m` of that: it rests on the same facts. One
/// that makes manipulation no more probable than the prior says nothing.
pub(super) fn join(
    own: Fused<'static>,
    mut corpus: Vec<Term<'static>>,
    campaign: Option<(&'static Spec, Strongest)>,
) -> Fused<'static> {
    let Fused {
        mut terms, silent, ..
    } = own;
    bound(&mut corpus, CORPUS_BOUNDS.0, CORPUS_BOUNDS.1);
    terms.extend(corpus);
    let Some((spec, found)) = campaign else {
        return Fused::of(terms, silent, 1.0);
    };
    let says = libm::log(found.chance) - libm::log1p(-found.chance) - PRIOR_LOG_ODDS;
    if says <= 0.0 {
        return Fused::of(terms, silent, 1.0);
    }
    let open = 1.0 - found.chance;
    for term in &mut terms {
        term.contribution *= open;
    }
    terms.push(Term {
        spec,
        reading: Reading {
            value: found.planted,
            tail: 1.0,
            peers: 0,
        },
        contribution: says.min(spec.cap),
        campaign: Some(found.campaign),
    });
    Fused::of(terms, silent, open)
}
