//! Merges the terms of a subject's own signals, of the corpus detector and of a campaign.

use super::memberships::StrongestCampaign;
use crate::integrity::fusion::{Fused, PRIOR_LOG_ODDS, Term, bound};
use crate::integrity::terms::{Reading, Spec};
use crate::stats::logistic;

/// Least and most that the corpus detector adds. It ranks prolific authors far below the prior, but
/// a great number of reviews can also be bought, so its contribution stops there.
const CORPUS_LEAST: f64 = -4.0;
const CORPUS_MOST: f64 = 2.6;
/// Most probable that a campaign can be. Its facts have caps of their own, and their sum must not
/// amount to certainty.
const CHANCE_MOST: f64 = 0.98;

/// The strongest campaign of a subject, and the definition of its term.
#[derive(Clone, Copy)]
pub(super) struct CampaignTerm {
    pub(super) spec: &'static Spec,
    pub(super) strongest: StrongestCampaign,
}

/// Adds the corpus detector's terms to a subject's own.
pub(super) fn merge_corpus(own: Fused, mut corpus: Vec<Term>) -> Fused {
    let Fused {
        mut terms, silent, ..
    } = own;
    bound(&mut corpus, CORPUS_LEAST, CORPUS_MOST);
    terms.extend(corpus);
    Fused::of(terms, silent, 1.0)
}

/// Adds a campaign to all other terms.
///
/// A subject is manipulated because a campaign includes it, or for its own part: `1 - (1 - m) (1 -
/// p)`. Here `m` is the probability of the first, as far as it exceeds the prior's, and `p` that of
/// all other terms. Both rest on the same facts, so the other terms keep a part of `1 - m`, and the
/// campaign's term is the rest. It never lowers the risk. Without other evidence, the risk is the
/// campaign's probability.
pub(super) fn merge_campaign(others: Fused, campaign: Option<CampaignTerm>) -> Fused {
    let Some(CampaignTerm { spec, strongest }) = campaign else {
        return others;
    };
    let prior = logistic(PRIOR_LOG_ODDS);
    let chance = (strongest.chance.min(CHANCE_MOST) - prior) / (1.0 - prior);
    if chance <= 0.0 {
        return others;
    }
    let Fused {
        mut terms,
        silent,
        estimate,
        ..
    } = others;
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
            value: strongest.planted,
            tail: 1.0,
            peers: 0,
        },
        contribution: rest,
        campaign: Some(strongest.campaign),
    });
    Fused::of(terms, silent, open)
}
