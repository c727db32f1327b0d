//! Network beliefs that start from the served assessments.

use std::collections::BTreeMap;

use super::Played;
use crate::lab::network::{Beliefs, Graph, NetworkError, Options, Priors, propagate};
use crate::state::{ListingIx, ReviewIx};
use crate::stats::logistic;

/// Threads of the pass.
const THREADS: usize = 2;

/// Computes beliefs in the reviews of `rows`, whose assessed log-odds are given. A cell is a
/// listing's reviews of one polarity, inside one campaign or outside all.
pub(super) fn beliefs(
    played: &Played,
    rows: &[ReviewIx],
    log_odds: &[f64],
) -> Result<Beliefs, NetworkError> {
    let state = &played.state;
    let mut numbers: BTreeMap<(ListingIx, usize, Option<u32>), u32> = BTreeMap::new();
    let (mut reviewer_of, mut cell_of) = (Vec::new(), Vec::new());
    for row in rows {
        let review = state.reviews().get(*row);
        let linked = review.and_then(|review| Some((review, review.listing?, review.reviewer?)));
        let Some((review, listing, reviewer)) = linked else {
            continue;
        };
        let membership = played.evidence.membership(state, *row);
        let campaign = membership.map(|part| part.index);
        let next = numbers.len() as u32;
        let key = (listing, review.polarity().index(), campaign);
        cell_of.push(*numbers.entry(key).or_insert(next));
        reviewer_of.push(reviewer.number());
    }
    let assessed = |row| {
        let assessed = played.evidence.assess_reviewer(state, row);
        assessed.fused.estimate.probability()
    };
    let priors = Priors {
        reviews: &log_odds.iter().copied().map(logistic).collect::<Vec<f64>>(),
        reviewers: &state
            .reviewers()
            .numbers()
            .map(assessed)
            .collect::<Vec<f64>>(),
        cells: &vec![0.1; numbers.len()],
    };
    let reviewers = state.reviewers().len() as usize;
    let graph = Graph::new(&reviewer_of, &cell_of, reviewers, numbers.len())?;
    Ok(propagate(&graph, priors, Options::default(), THREADS)?.beliefs(&graph))
}
