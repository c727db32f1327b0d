//! Network beliefs that start from the served assessments.

use std::collections::BTreeMap;

use super::Played;
use crate::lab::network::{Beliefs, Graph, NetworkError, Options, Priors, propagate};
use crate::stats::logistic;

/// Threads of the pass.
const THREADS: usize = 2;

/// Computes beliefs in the reviews of `rows`, whose assessed log-odds are given. A cell is a
/// listing's reviews of one polarity, inside one campaign or outside all.
pub(super) fn beliefs(
    played: &Played,
    rows: &[u32],
    log_odds: &[f64],
) -> Result<Beliefs, NetworkError> {
    let state = &played.state;
    let mut numbers: BTreeMap<(u32, usize, Option<u32>), u32> = BTreeMap::new();
    let (mut reviewer_of, mut cell_of) = (Vec::new(), Vec::new());
    for review in rows
        .iter()
        .filter_map(|row| Some((row, state.reviews().get(*row)?)))
    {
        let (row, review) = review;
        let campaign = played.evidence.membership(state, *row).map(|found| found.0);
        let next = numbers.len() as u32;
        let key = (review.listing, review.polarity().index(), campaign);
        cell_of.push(*numbers.entry(key).or_insert(next));
        reviewer_of.push(review.reviewer);
    }
    let reviewers = state.reviewers().len();
    let assessed = |row| {
        let assessed = played.evidence.assess_reviewer(state, row);
        assessed.fused.estimate.probability()
    };
    let priors = Priors {
        reviews: &log_odds.iter().copied().map(logistic).collect::<Vec<f64>>(),
        reviewers: &(0..reviewers).map(assessed).collect::<Vec<f64>>(),
        cells: &vec![0.1; numbers.len()],
    };
    let graph = Graph::new(&reviewer_of, &cell_of, reviewers as usize, numbers.len())?;
    Ok(propagate(&graph, priors, Options::default(), THREADS)?.beliefs(&graph))
}
