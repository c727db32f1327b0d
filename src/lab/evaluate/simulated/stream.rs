//! When a push was first seen.

use super::market::{Look, Played};

/// Reviews of a push that must be flagged.
const LEAST: usize = 3;

/// The first sight of a push.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// Share of its reviews that were in.
    pub(super) share: f64,
    /// Whether the id that it had then still leads to a campaign at the end.
    pub(super) id_kept: bool,
}

/// When at least half of those reviews of a push that were in, and at least 3, were first flagged.
pub(super) fn first_sight(played: &Played, rows: &[u32]) -> Option<Sight> {
    played.looks.iter().find_map(|look| {
        // Rows are given out in order of arrival.
        let so_far = rows.iter().filter(|row| **row < look.reviews).count();
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

fn campaign_of(look: &Look, row: u32) -> Option<u32> {
    let place = look
        .flagged
        .binary_search_by_key(&row, |held| held.0)
        .ok()?;
    look.flagged.get(place).map(|held| held.1)
}
