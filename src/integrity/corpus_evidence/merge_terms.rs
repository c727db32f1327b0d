//! One sum of a subject's own signals and of what a pass found.

use super::memberships::StrongestCampaign;
use crate::integrity::fusion::{Fused, PRIOR_LOG_ODDS, Term, bound};
use crate::integrity::terms::{Reading, Spec};
use crate::stats::logistic;

/// Least and most that the corpus detector adds. It ranks prolific authors far below the prior,
/// but many reviews can also be bought, so it says no more than that.
const CORPUS_BOUNDS: (f64, f64) = (-4.0, 2.6);
/// What the facts of a campaign say with caps of their own must not add up to certainty.
const CHANCE_MOST: f64 = 0.98;

/// Joins the terms of the corpus detector and of a campaign to what own signals say.
///
/// A subject is manipulated because a campaign holds it, or for its own part:
/// `1 - (1 - m) (1 - p)`, with `m` the probability of the first as far as it is above the prior's,
/// and `p` what everything else says. Both rest on the same facts, so of what everything else says a
/// part `1 - m` is left, and the campaign's term is the rest. It never lowers the risk; where nothing
/// else is known the risk is the campaign's probability.
pub(super) fn merge_terms(
    own: Fused,
    mut corpus: Vec<Term>,
    campaign: Option<(&'static Spec, StrongestCampaign)>,
) -> Fused {
    let Fused {
        mut terms, silent, ..
    } = own;
    bound(&mut corpus, CORPUS_BOUNDS.0, CORPUS_BOUNDS.1);
    terms.extend(corpus);
    let alone = Fused::of(terms, silent, 1.0);
    let Some((spec, found)) = campaign else {
        return alone;
    };
    let prior = logistic(PRIOR_LOG_ODDS);
    let chance = (found.chance.min(CHANCE_MOST) - prior) / (1.0 - prior);
    if chance <= 0.0 {
        return alone;
    }
    let Fused {
        mut terms,
        silent,
        estimate,
        ..
    } = alone;
    let open = 1.0 - chance;
    let mut left = PRIOR_LOG_ODDS;
    for term in &mut terms {
        term.contribution *= open;
        left += term.contribution;
    }
    let genuine = open * logistic(-left);
    let together = libm::log1p(-genuine) - libm::log(genuine);
    let rest = together.max(estimate.log_odds) - left;
    terms.push(Term {
        spec,
        reading: Reading {
            value: found.planted,
            tail: 1.0,
            peers: 0,
        },
        contribution: rest,
        campaign: Some(found.campaign),
    });
    Fused::of(terms, silent, open)
}
