//! Subjects in order of risk.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::history::last_points;
use crate::domain::Band;
use crate::domain::Kind;
use crate::engine::Snapshot;
use crate::history::BLOCK_ROWS;
use crate::integrity::CorpusEvidence;
use crate::state::{ReviewIx, State, SubjectIx};
use crate::store::{Store, StoreError};
use crate::threads::cancel::{Cancel, Cancelled};

/// Most reviews of one subject that are looked at.
const SUSPECTS_SEEN: usize = 200_000;

/// What to order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Own risk.
    Risk,
    /// Risk of being attacked.
    Attack,
}

/// A row with what it is ordered by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// The subject.
    pub subject: SubjectIx,
    /// Log-odds of the risk asked for.
    pub log_odds: f64,
    /// Band of the own risk.
    pub band: Band,
}

/// Rankings that are held.
const HELD: usize = 4;

/// The rankings that were asked for last: pages of one list follow each other, and go on in the
/// ranking of the first one as long as it is held.
#[derive(Debug, Default)]
pub struct Rankings(Mutex<Vec<(Asked, Arc<Vec<Ranked>>)>>);

/// What a ranking is of. Events and erasures tell the states of one service apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Events of the state.
    pub event_count: u64,
    /// Events that the evidence rests on.
    pub evidence_event_count: u64,
    /// The model version that it rests on, as a hash of its name.
    pub model: u64,
    /// Erasures before it.
    pub generation: u64,
    /// Of whom.
    pub kind: Kind,
    /// By what.
    pub order: Order,
    /// The day to look back to; none for now.
    pub as_of: Option<u32>,
}

impl Rankings {
    /// A ranking that was asked for before, while it is held.
    pub fn held(&self, asked: &Asked) -> Option<Arc<Vec<Ranked>>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = held.iter().find(|(of, _)| of == asked);
        found.map(|(_, ranked)| Arc::clone(ranked))
    }

    /// From memory where it was asked for before, made and kept otherwise.
    pub fn get<E>(
        &self,
        asked: Asked,
        make: impl FnOnce() -> Result<Vec<Ranked>, E>,
    ) -> Result<Arc<Vec<Ranked>>, E> {
        // Held while ranking, so that callers who ask at once do the work once.
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, ranked)) = held.iter().find(|(of, _)| *of == asked) {
            return Ok(Arc::clone(ranked));
        }
        let ranked = Arc::new(make()?);
        held.insert(0, (asked, Arc::clone(&ranked)));
        held.truncate(HELD);
        Ok(ranked)
    }
}

/// The place of a row in its order: of what a list goes on after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    abstains: bool,
    log_odds: f64,
    row: u32,
}

impl Ranked {
    /// Its place.
    pub fn place(&self) -> Place {
        Place {
            abstains: self.band == Band::InsufficientData,
            log_odds: self.log_odds,
            row: self.subject.number(),
        }
    }
}

impl Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.abstains
            .cmp(&other.abstains)
            .then(other.log_odds.total_cmp(&self.log_odds))
            .then(self.row.cmp(&other.row))
    }
}

/// What comes after a place in an order; all without one.
pub fn after<'a>(ranked: &'a [Ranked], last: Option<&Place>) -> &'a [Ranked] {
    let start = last.map_or(0, |last| {
        ranked.partition_point(|held| held.place().cmp(last).is_le())
    });
    ranked.get(start..).unwrap_or_default()
}

/// All listings, sellers or authors, riskiest first. Those without enough data come last, and the
/// older row goes first among equals. Costs one assessment a row: call it off the async threads.
pub fn rank(
    state: &State,
    evidence: &CorpusEvidence,
    (kind, order): (Kind, Order),
    cancel: &Cancel,
) -> Result<Vec<Ranked>, Cancelled> {
    let all = state.baselines().all_listings();
    let mut ranked = Vec::new();
    for subject in state.subjects(kind) {
        cancel.check()?;
        let assessed = match subject {
            SubjectIx::Reviewer(row) => evidence.assess_reviewer(state, row),
            SubjectIx::Listing(row) => evidence.assess_listing(state, row),
            SubjectIx::Seller(row) => evidence.assess_seller_among(state, &all, row),
            SubjectIx::Review(row) => evidence.assess_review(state, row),
        };
        let log_odds = match (order, &assessed.attack) {
            (Order::Risk, _) => assessed.fused.estimate.log_odds,
            (Order::Attack, Some(attack)) => attack.estimate.log_odds,
            (Order::Attack, None) => continue,
        };
        ranked.push(Ranked {
            subject,
            log_odds,
            band: assessed.band,
        });
    }
    sort(&mut ranked);
    Ok(ranked)
}

/// As [`rank`], by how each stood in its last daily point of a day or before it. Who had none by
/// then is left out.
pub fn rank_then(
    snapshot: &Snapshot,
    store: &dyn Store,
    (kind, order): (Kind, Order),
    day: u32,
    cancel: &Cancel,
) -> Result<Vec<Ranked>, RankError> {
    let state = &snapshot.state;
    if kind == Kind::Review {
        return Ok(Vec::new());
    }
    let mut ranked = Vec::new();
    for first in state.subjects(kind).step_by(BLOCK_ROWS as usize) {
        cancel.check()?;
        for point in last_points(snapshot, store, first, day)? {
            let level = match order {
                Order::Risk => point.risk,
                Order::Attack => match point.attack {
                    Some(attack) => attack,
                    None => continue,
                },
            };
            ranked.push(Ranked {
                subject: point.subject,
                log_odds: level.estimate().log_odds,
                band: point.band,
            });
        }
    }
    sort(&mut ranked);
    Ok(ranked)
}

/// Why there is no ranking.
#[derive(Debug, thiserror::Error)]
pub enum RankError {
    /// Nobody waits for it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// History cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The reviews of a listing, seller or author with at least some log-odds, riskiest first, and
/// whether there were more than were looked at.
pub fn suspect_reviews(
    (state, evidence): (&State, &CorpusEvidence),
    subject: SubjectIx,
    least: f64,
    cancel: &Cancel,
) -> Result<(Vec<Ranked>, bool), Cancelled> {
    let mut rows: Vec<ReviewIx> = match subject {
        SubjectIx::Review(row) => vec![row],
        SubjectIx::Reviewer(row) => state.reviews_of_reviewer(row).map(|(row, _)| row).collect(),
        SubjectIx::Listing(row) => state
            .reviews_of_listing(row)
            .map(|(row, _)| row)
            .take(SUSPECTS_SEEN + 1)
            .collect(),
        SubjectIx::Seller(row) => state
            .listings_of_seller(row)
            .flat_map(|listing| state.reviews_of_listing(listing))
            .map(|(row, _)| row)
            .take(SUSPECTS_SEEN + 1)
            .collect(),
    };
    let truncated = rows.len() > SUSPECTS_SEEN;
    rows.truncate(SUSPECTS_SEEN);
    let mut ranked = Vec::new();
    for row in rows {
        cancel.check()?;
        let assessed = evidence.assess_review(state, row);
        let log_odds = assessed.fused.estimate.log_odds;
        if log_odds >= least {
            ranked.push(Ranked {
                subject: SubjectIx::Review(row),
                log_odds,
                band: assessed.band,
            });
        }
    }
    sort(&mut ranked);
    Ok((ranked, truncated))
}

fn sort(ranked: &mut [Ranked]) {
    ranked.sort_by(|one, other| one.place().cmp(&other.place()));
}
