//! First detection of pushes.

use super::market::{Look, Played};
use crate::state::ReviewIx;

/// Fewest flagged reviews of a detected push.
const LEAST: usize = 3;

/// The first detection of a push.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// Share of its reviews that had arrived.
    pub(super) share: f64,
    /// Whether its id of that time still leads to a campaign at the end.
    pub(super) id_kept: bool,
}

/// Finds the first time at which half of the push's reviews so far, and at least 3, are flagged.
pub(super) fn first_sight(played: &Played, rows: &[ReviewIx]) -> Option<Sight> {
    played.looks.iter().find_map(|look| {
        // Rows are numbered in order of arrival.
        let so_far = rows
            .iter()
            .filter(|row| row.number() < look.reviews)
            .count();
        let mut seen: Vec<u32> = rows
            .iter()
            .filter_map(|row| campaign_of(look, *row))
            .collect();
        if seen.len() < LEAST || 2 * seen.len() < so_far {
            return None;
        }
        seen.sort_unstable();
        let most = seen.chunk_by(|a, b| a == b).max_by_key(|run| run.len())?;
        let id = look.ids.get(*most.first()? as usize)?;
        Some(Sight {
            share: so_far as f64 / rows.len() as f64,
            id_kept: played.evidence.campaigns().get(id).is_some(),
        })
    })
}

fn campaign_of(look: &Look, row: ReviewIx) -> Option<u32> {
    let index = look
        .flagged
        .binary_search_by_key(&row, |held| held.0)
        .ok()?;
    look.flagged.get(index).map(|held| held.1)
}
