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

/// Subjects and their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankedBy {
    /// The kind of the subjects.
    pub kind: Kind,
    /// What they are ordered by.
    pub order: Order,
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

/// Rankings that are cached.
const CACHED_MOST: usize = 4;

/// The newest rankings. Pages of one list follow each other, and go on in the ranking of the first
/// one as long as it is cached.
#[derive(Debug, Default)]
pub struct Rankings(Mutex<Vec<CachedRanking>>);

#[derive(Debug)]
struct CachedRanking {
    key: RankingKey,
    ranked: Arc<Vec<Ranked>>,
}

/// The key of a ranking. Events and erasures tell the states of one service apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankingKey {
    /// Events of the state.
    pub event_count: u64,
    /// Events that the evidence rests on.
    pub evidence_event_count: u64,
    /// The model version that it rests on, as a hash of its name.
    pub model: u64,
    /// Erasures before it.
    pub generation: u64,
    /// Its subjects and their order.
    pub by: RankedBy,
    /// The past day of the ranking; none for now.
    pub as_of: Option<u32>,
}

impl Rankings {
    /// A ranking, while it is cached.
    pub fn cached(&self, key: &RankingKey) -> Option<Arc<Vec<Ranked>>> {
        let cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = cache.iter().find(|cached| cached.key == *key);
        cached.map(|cached| Arc::clone(&cached.ranked))
    }

    /// Returns the cached ranking, or makes and caches it.
    pub fn get<E>(
        &self,
        key: RankingKey,
        make: impl FnOnce() -> Result<Vec<Ranked>, E>,
    ) -> Result<Arc<Vec<Ranked>>, E> {
        // Locked while ranking, so that callers who ask at once do the work once.
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = cache.iter().find(|cached| cached.key == key) {
            return Ok(Arc::clone(&cached.ranked));
        }
        let ranked = Arc::new(make()?);
        let cached = CachedRanking {
            key,
            ranked: Arc::clone(&ranked),
        };
        cache.insert(0, cached);
        cache.truncate(CACHED_MOST);
        Ok(ranked)
    }
}

/// The position of a row in its order, after which a list goes on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankPosition {
    abstains: bool,
    log_odds: f64,
    row: u32,
}

impl Ranked {
    /// Its position.
    pub fn position(&self) -> RankPosition {
        RankPosition {
            abstains: self.band == Band::InsufficientData,
            log_odds: self.log_odds,
            row: self.subject.number(),
        }
    }
}

impl RankPosition {
    fn cmp(&self, other: &Self) -> Ordering {
        self.abstains
            .cmp(&other.abstains)
            .then(other.log_odds.total_cmp(&self.log_odds))
            .then(self.row.cmp(&other.row))
    }
}

/// The rows after a position; all without one.
pub fn after<'a>(ranked: &'a [Ranked], last: Option<&RankPosition>) -> &'a [Ranked] {
    let start = last.map_or(0, |last| {
        ranked.partition_point(|row| row.position().cmp(last).is_le())
    });
    ranked.get(start..).unwrap_or_default()
}

/// All listings, sellers or authors, riskiest first. Those without enough data come last, and the
/// older row goes first among equals. Costs one assessment a row: call it off the async threads.
pub fn rank(
    state: &State,
    evidence: &CorpusEvidence,
    by: RankedBy,
    cancel: &Cancel,
) -> Result<Vec<Ranked>, Cancelled> {
    let mut ranked = Vec::new();
    for subject in state.subjects(by.kind) {
        cancel.check()?;
        let assessed = match subject {
            SubjectIx::Reviewer(row) => evidence.assess_reviewer(state, row),
            SubjectIx::Listing(row) => evidence.assess_listing(state, row),
            SubjectIx::Seller(row) => evidence.assess_seller(state, row),
            SubjectIx::Review(row) => evidence.assess_review(state, row),
        };
        let log_odds = match (by.order, &assessed.attack) {
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

/// As [`rank`], by the last daily point of a day or before it. Subjects without one are left out.
pub fn rank_then(
    snapshot: &Snapshot,
    store: &dyn Store,
    by: RankedBy,
    day: u32,
    cancel: &Cancel,
) -> Result<Vec<Ranked>, RankError> {
    let state = &snapshot.state;
    if by.kind == Kind::Review {
        return Ok(Vec::new());
    }
    let mut ranked = Vec::new();
    for first in state.subjects(by.kind).step_by(BLOCK_ROWS as usize) {
        cancel.check()?;
        for point in last_points(snapshot, store, first, day)? {
            let level = match by.order {
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
    state: &State,
    evidence: &CorpusEvidence,
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
    ranked.sort_by(|one, other| one.position().cmp(&other.position()));
}
