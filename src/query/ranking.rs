//! Subjects in order of risk.

use std::cmp::Reverse;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::Kind;
use crate::integrity::{Band, Evidence};
use crate::state::State;

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
    /// The row.
    pub row: u32,
    /// Log-odds of the risk asked for.
    pub log_odds: f64,
    /// Band of the own risk.
    pub band: Band,
}

/// The last ranking that was asked for: pages of one list follow each other.
#[derive(Debug, Default)]
pub struct Rankings(Mutex<Option<(Asked, Arc<Vec<Ranked>>)>>);

/// What a ranking is of. The numbers of events tell the states of one service apart, and what they
/// are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    event_count: u64,
    evidence_event_count: u64,
    kind: Kind,
    order: Order,
}

impl Rankings {
    /// As [`rank`], from memory where it was asked for last.
    pub fn rank(
        &self,
        state: &State,
        evidence: &Evidence,
        kind: Kind,
        order: Order,
    ) -> Arc<Vec<Ranked>> {
        let asked = Asked {
            event_count: state.event_count(),
            evidence_event_count: evidence.event_count(),
            kind,
            order,
        };
        // Held while ranking, so that callers who ask at once do the work once.
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((held, ranked)) = &*last
            && *held == asked
        {
            return Arc::clone(ranked);
        }
        let ranked = Arc::new(rank(state, evidence, kind, order));
        *last = Some((asked, Arc::clone(&ranked)));
        ranked
    }
}

/// All listings, sellers or authors, riskiest first. Those without enough data come last, and the
/// older row goes first among equals. Costs one assessment a row: call it off the async threads.
pub fn rank(state: &State, evidence: &Evidence, kind: Kind, order: Order) -> Vec<Ranked> {
    let rows = match kind {
        Kind::Reviewer => state.reviewers().len(),
        Kind::Listing => state.listings().len(),
        Kind::Seller => state.sellers().len(),
        Kind::Review => state.reviews().len(),
    };
    let all = state.baselines().all_listings();
    let assess = |row| match kind {
        Kind::Reviewer => evidence.assess_reviewer(state, row),
        Kind::Listing => evidence.assess_listing(state, row),
        Kind::Seller => evidence.assess_seller_among(state, &all, row),
        Kind::Review => evidence.assess_review(state, row),
    };
    let mut ranked: Vec<Ranked> = (0..rows)
        .filter_map(|row| {
            let assessed = assess(row);
            let log_odds = match order {
                Order::Risk => assessed.fused.estimate.log_odds,
                Order::Attack => assessed.attack.as_ref()?.estimate.log_odds,
            };
            Some(Ranked {
                row,
                log_odds,
                band: assessed.band,
            })
        })
        .collect();
    sort(&mut ranked);
    ranked
}

/// The reviews of a listing, seller or author with at least some log-odds, riskiest first, and
/// whether there were more than were looked at.
pub fn suspect_reviews(
    (state, evidence): (&State, &Evidence),
    kind: Kind,
    row: u32,
    least: f64,
) -> (Vec<Ranked>, bool) {
    let mut rows: Vec<u32> = match kind {
        Kind::Review => vec![row],
        Kind::Reviewer => state.reviews_of_reviewer(row).map(|(row, _)| row).collect(),
        Kind::Listing => state
            .reviews_of_listing(row)
            .map(|(row, _)| row)
            .take(SUSPECTS_SEEN + 1)
            .collect(),
        Kind::Seller => state
            .listings_of_seller(row)
            .flat_map(|listing| state.reviews_of_listing(listing))
            .map(|(row, _)| row)
            .take(SUSPECTS_SEEN + 1)
            .collect(),
    };
    let truncated = rows.len() > SUSPECTS_SEEN;
    rows.truncate(SUSPECTS_SEEN);
    let mut ranked: Vec<Ranked> = rows
        .into_iter()
        .map(|row| {
            let assessed = evidence.assess_review(state, row);
            Ranked {
                row,
                log_odds: assessed.fused.estimate.log_odds,
                band: assessed.band,
            }
        })
        .filter(|ranked| ranked.log_odds >= least)
        .collect();
    sort(&mut ranked);
    (ranked, truncated)
}

fn sort(ranked: &mut [Ranked]) {
    ranked.sort_by(|one, other| {
        let key = |ranked: &Ranked| Reverse(ranked.band != Band::InsufficientData);
        key(one)
            .cmp(&key(other))
            .then(other.log_odds.total_cmp(&one.log_odds))
            .then(one.row.cmp(&other.row))
    });
}
