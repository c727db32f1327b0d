//! Which reviews of a cell belong to the campaign: some would have come anyway.
//!
//! A cell mixes the usual reviews with those of the campaign. How many are usual follows from the
//! rhythm, what usual ones look like from the marketplace; what the others look like is what is
//! left of the cell's own shares when the usual ones are taken out.

use super::Member;
use super::baseline_rates::{BaselineRates, Shares, count};
use super::campaign_factors::CampaignFactors;
use super::cells::Cell;
use super::marks::ReviewMark;
use crate::state::State;
use crate::stats::logistic;

/// Most that one mark adds for one review, log-odds.
const SAYS_MOST: f64 = 1.5;
/// The addition for an author who is in other cells as well, log-odds.
const IN_OTHER_CELLS: f64 = 1.0;

/// Reviews that belong with less than this are of the usual ones.
const BELONGS_LEAST: f64 = 0.05;

/// The reviews of a cell that may belong, by time and id.
pub(super) fn unmix(
    state: &State,
    cell: &Cell,
    rates: &BaselineRates,
    facts: &CampaignFactors,
) -> Vec<Member> {
    let size = cell.reviews.len() as f64;
    let excess = ((size - cell.expected) / size).clamp(0.02, 0.98);
    let Some(base) = rates.honest(state, &[cell]) else {
        return Vec::new();
    };
    let mut own = Shares::default();
    cell.marks
        .iter()
        .for_each(|marked| count(&mut own, *marked));
    let says: Vec<[f64; 2]> = own
        .iter()
        .zip(base)
        .map(|(own, base)| {
            let usual = base.mean;
            let others = ((own.rate() - (1.0 - excess) * usual) / excess).clamp(0.02, 0.98);
            let ratio =
                |other: f64, usual: f64| libm::log(other / usual).clamp(-SAYS_MOST, SAYS_MOST);
            [ratio(1.0 - others, 1.0 - usual), ratio(others, usual)]
        })
        .collect();
    let prior = libm::log(excess / (1.0 - excess));
    cell.reviews
        .iter()
        .zip(&cell.marks)
        .filter_map(|(row, marked)| {
            let review = state.reviews().get(*row)?;
            let mut log_odds = prior;
            for (mark, says) in ReviewMark::ALL.iter().zip(&says) {
                log_odds += marked.on(*mark).map_or(0.0, |on| says[usize::from(on)]);
            }
            if facts.known_elsewhere.contains(&review.reviewer?) {
                log_odds += IN_OTHER_CELLS;
            }
            let belongs = logistic(log_odds);
            (belongs > BELONGS_LEAST).then_some(Member {
                review: *row,
                belongs,
            })
        })
        .collect()
}
