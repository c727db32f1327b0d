//! How assessments went over time: one point a subject and day, on the service's clock.
//!
//! When the clock moves into a later day, the day that ends is closed: every reviewer, listing and
//! seller that changed since the last close is assessed as the state is then, before the event that
//! moved the clock: by the own signals that are counted as events come, so that a day costs what
//! changed in it and not what was there before. When it leaves a month, the month's points become rows of the store. All of it
//! is a function of the log, so a replay makes the same rows, byte by byte.

mod block;
mod point;
mod rows;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use block::{BLOCK_ROWS, Block, end_marker, month_key, prefix, stored_through};
pub use point::{Level, Point};
pub use rows::{Changed, Rows};

use crate::domain::Band;
use crate::domain::{Kind, Month};
use crate::integrity::{Assessed, own_signals};
use crate::state::{AllListings, Changes, State};
use crate::store::Row;

/// Whom history is kept of, in the order of their points.
pub const KINDS: [Kind; 3] = [Kind::Reviewer, Kind::Listing, Kind::Seller];

/// The closed days of the month that is not over yet. A clone shares memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMonth {
    /// Oldest day first; within a day by [`KINDS`], then by row. No day is empty.
    pub days: Vec<Arc<Vec<Point>>>,
}

/// What is to become history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Not yet in the store.
    pub open: OpenMonth,
    /// Subjects that changed since the last close, by [`KINDS`].
    pub changed: [Changed; 3],
    /// Subjects that have had a point, by [`KINDS`].
    pub pointed: [Rows; 3],
}

impl OpenMonth {
    /// The points of one subject, oldest first.
    pub fn points(&self, kind: Kind, row: u32) -> impl DoubleEndedIterator<Item = &Point> {
        let wanted = (index(kind), row);
        self.days.iter().filter_map(move |day| {
            let place = day.binary_search_by_key(&wanted, |point| (index(point.kind), point.row));
            day.get(place.ok()?)
        })
    }
}

impl History {
    /// Notes what an event changed.
    pub fn note(&mut self, changes: &Changes) {
        let Changes {
            reviewers,
            listings,
            sellers,
        } = changes;
        for (changed, rows) in self.changed.iter_mut().zip([reviewers, listings, sellers]) {
            for row in rows {
                changed.insert(*row);
            }
        }
    }

    /// Closes a day with the state as it is at its end. An unchanged subject gets no point, nor
    /// does one of which too little is known, unless it had a point before.
    pub fn close_day(&mut self, state: &State, day: u32) {
        let mut points = Vec::new();
        let all = state.baselines().all_listings();
        let kinds = KINDS.iter().zip(&mut self.changed).zip(&mut self.pointed);
        for ((kind, changed), pointed) in kinds {
            let mut rows = changed.take();
            rows.sort_unstable();
            for row in rows {
                let had = pointed.contains(row);
                if !had && !may_have_band(state, *kind, row) {
                    continue;
                }
                let point = point(state, &all, (*kind, row), day);
                if had || point.band != Band::InsufficientData {
                    pointed.insert(row);
                    points.push(point);
                }
            }
        }
        if !points.is_empty() {
            self.open.days.push(Arc::new(points));
        }
    }

    /// Ends the month of the closed days: their points as rows of the store.
    pub fn close_month(&mut self, month: Month) -> Vec<Row> {
        let days = std::mem::take(&mut self.open.days);
        let mut points: Vec<Point> = days.iter().flat_map(|day| day.iter().copied()).collect();
        points.sort_unstable_by_key(|point| (index(point.kind), point.row, point.day));
        let same_block = |one: &Point, other: &Point| {
            one.kind == other.kind && one.row / BLOCK_ROWS == other.row / BLOCK_ROWS
        };
        points
            .chunk_by(same_block)
            .filter_map(|points| Block::encode(points, month))
            .collect()
    }
}

/// Spares the assessment of what is too small for a band in any case.
fn may_have_band(state: &State, kind: Kind, row: u32) -> bool {
    match kind {
        Kind::Review => false,
        Kind::Reviewer => own_signals::may_assess_reviewer(state, row),
        Kind::Listing => {
            let listing = state.listings().get(row);
            listing.is_some_and(|held| own_signals::may_assess_tally(&held.tally))
        }
        Kind::Seller => {
            let seller = state.sellers().get(row);
            seller.is_some_and(|held| own_signals::may_assess_tally(&held.tally))
        }
    }
}

fn point(state: &State, all: &AllListings, (kind, row): (Kind, u32), day: u32) -> Point {
    let assessed = match kind {
        Kind::Review => own_signals::assess_review(state, row),
        Kind::Reviewer => own_signals::assess_reviewer_daily(state, row),
        Kind::Listing => own_signals::assess_listing_daily(state, row),
        Kind::Seller => own_signals::assess_seller_among(state, all, row),
    };
    let (reviews, stars) = match kind {
        Kind::Review => None,
        Kind::Reviewer => state
            .reviewers()
            .get(row)
            .map(|author| (author.reviews - author.removed, author.stars)),
        Kind::Listing => state.listings().get(row).map(|held| held.tally.sum()),
        Kind::Seller => state.sellers().get(row).map(|held| held.tally.sum()),
    }
    .unwrap_or_default();
    let Assessed {
        fused,
        band,
        attack,
    } = assessed;
    Point {
        kind,
        row,
        day,
        band,
        risk: Level::of(&fused.estimate),
        attack: attack.map(|attack| Level::of(&attack.estimate)),
        reviews,
        stars,
    }
}

/// The place of a kind in [`KINDS`]; reviews have none and come last.
const fn index(kind: Kind) -> usize {
    match kind {
        Kind::Reviewer => 0,
        Kind::Listing => 1,
        Kind::Seller => 2,
        Kind::Review => 3,
    }
}
