//! History of assessments: one point for each subject and day of the service's clock.
//!
//! When the clock enters a later day, the day before is closed. Every reviewer, listing and seller
//! that changed since the last close is assessed by the state before the event that moved the clock.
//! Only signals that are counted as events come are used, so that the cost of a day is that of its
//! changes. When the clock leaves a month, the month's points become rows of the store. History is a
//! function of the log: a replay makes the same rows, byte by byte.

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
use crate::state::{Changes, State, SubjectIx};
use crate::store::Row;

/// Kinds of subjects that have a history, in the order of their points.
pub const KINDS: [Kind; 3] = [Kind::Reviewer, Kind::Listing, Kind::Seller];

/// The closed days of the month that is not over yet. A clone shares memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMonth {
    /// Oldest day first; within a day by subject. No day is empty.
    pub days: Vec<Arc<Vec<Point>>>,
}

/// History that is not in the store yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Closed days of the open month.
    pub open: OpenMonth,
    /// Subjects that changed since the last close, by [`KINDS`].
    pub changed: [Changed; 3],
    /// Subjects that had a point before, by [`KINDS`].
    pub pointed: [Rows; 3],
}

impl OpenMonth {
    /// The points of one subject, oldest first.
    pub fn points(&self, subject: SubjectIx) -> impl DoubleEndedIterator<Item = &Point> {
        self.days.iter().filter_map(move |day| {
            let index = day.binary_search_by_key(&subject, |point| point.subject);
            day.get(index.ok()?)
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
        let [of_reviewers, of_listings, of_sellers] = &mut self.changed;
        of_reviewers.extend(reviewers.iter().map(|row| row.number()));
        of_listings.extend(listings.iter().map(|row| row.number()));
        of_sellers.extend(sellers.iter().map(|row| row.number()));
    }

    /// Closes a day with the state at its end. An unchanged subject gets no point. A subject with
    /// too little data gets one only if it had one before.
    pub fn close_day(&mut self, state: &State, day: u32) {
        let mut points = Vec::new();
        let kinds = KINDS.iter().zip(&mut self.changed).zip(&mut self.pointed);
        for ((kind, changed), pointed) in kinds {
            let mut rows = changed.take();
            rows.sort_unstable();
            for row in rows {
                let Some(subject) = SubjectIx::new(*kind, row) else {
                    continue;
                };
                let had = pointed.contains(row);
                if !had && !may_have_band(state, subject) {
                    continue;
                }
                let point = point(state, subject, day);
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

    /// Ends the month of the closed days, and returns their points as rows of the store.
    pub fn close_month(&mut self, month: Month) -> Vec<Row> {
        let days = std::mem::take(&mut self.open.days);
        let mut points: Vec<Point> = days.iter().flat_map(|day| day.iter().copied()).collect();
        points.sort_unstable_by_key(|point| (point.subject, point.day));
        let block = |point: &Point| {
            let subject = point.subject;
            (subject.kind(), subject.number() / BLOCK_ROWS)
        };
        points
            .chunk_by(|one, other| block(one) == block(other))
            .filter_map(|points| Block::encode(points, month))
            .collect()
    }
}

/// Whether a subject may be large enough for a band; spares the assessment of others.
fn may_have_band(state: &State, subject: SubjectIx) -> bool {
    match subject {
        SubjectIx::Review(_) => false,
        SubjectIx::Reviewer(row) => own_signals::may_assess_reviewer(state, row),
        SubjectIx::Listing(row) => {
            let listing = state.listings().get(row);
            listing.is_some_and(|held| own_signals::may_assess_tally(&held.tally))
        }
        SubjectIx::Seller(row) => {
            let seller = state.sellers().get(row);
            seller.is_some_and(|held| own_signals::may_assess_tally(&held.tally))
        }
    }
}

fn point(state: &State, subject: SubjectIx, day: u32) -> Point {
    let assessed = match subject {
        SubjectIx::Review(row) => own_signals::assess_review(state, row),
        SubjectIx::Reviewer(row) => own_signals::assess_reviewer_daily(state, row),
        SubjectIx::Listing(row) => own_signals::assess_listing_daily(state, row),
        SubjectIx::Seller(row) => own_signals::assess_seller(state, row),
    };
    let (reviews, stars) = match subject {
        SubjectIx::Review(_) => None,
        SubjectIx::Reviewer(row) => state
            .reviewers()
            .get(row)
            .map(|author| (author.reviews - author.removed, author.stars)),
        SubjectIx::Listing(row) => state
            .listings()
            .get(row)
            .map(|held| held.tally.shown().sum()),
        SubjectIx::Seller(row) => state
            .sellers()
            .get(row)
            .map(|held| held.tally.shown().sum()),
    }
    .unwrap_or_default();
    let Assessed {
        fused,
        band,
        attack,
    } = assessed;
    Point {
        subject,
        day,
        band,
        risk: Level::of(&fused.estimate),
        attack: attack.map(|attack| Level::of(&attack.estimate)),
        reviews,
        stars,
    }
}
