//! Points of a subject's history: stored months, then the month that is not over.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::domain::Month;
use crate::engine::Snapshot;
use crate::history::{BLOCK_ROWS, Block, Point, month_key, prefix};
use crate::state::SubjectIx;
use crate::store::{Row, Store, StoreError};

/// Months that are read at a time.
const MONTHS: usize = 16;

/// A subject's points within days since 1970, oldest first, `limit` at most.
pub fn list_points(
    snapshot: &Snapshot,
    store: &dyn Store,
    subject: SubjectIx,
    days: &Range<u32>,
    limit: usize,
) -> Result<Vec<Point>, StoreError> {
    let mut points = Vec::new();
    let open_month = open_month(snapshot);
    let prefix = prefix(subject);
    let mut from = month_key(subject, Month::of(days.start));
    while points.len() < limit {
        let rows = store.history().scan(&prefix, &from, MONTHS)?;
        let last = rows.last().map(|(key, _)| key.clone());
        let full = rows.len() == MONTHS;
        let closed = month_key(subject, open_month);
        // What the snapshot has open may have been stored since.
        for (key, value) in rows.into_iter().filter(|(key, _)| *key < closed) {
            let block = Block::decode(&key, &value)?;
            let wanted = block
                .of(subject)
                .iter()
                .filter(|point| days.contains(&point.day));
            points.extend(wanted.copied());
        }
        let Some(mut next) = last.filter(|last| full && *last < closed) else {
            break;
        };
        // The least key after it.
        next.push(0);
        from = next;
    }
    let open = snapshot.history.points(subject);
    points.extend(open.filter(|point| days.contains(&point.day)).copied());
    points.truncate(limit);
    Ok(points)
}

/// How long one point stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A day.
    Day,
    /// A week from Monday.
    Week,
    /// A calendar month.
    Month,
}

impl Period {
    /// The number of the period that a day since 1970 falls in.
    fn of(self, day: u32) -> u32 {
        match self {
            Self::Day => day,
            // 1 January 1970 was a Thursday.
            Self::Week => (day + 3) / 7,
            Self::Month => Month::of(day).0.into(),
        }
    }
}

/// The last of a subject's points in each period, oldest first, so many at most.
pub fn list_periods(
    snapshot: &Snapshot,
    store: &dyn Store,
    subject: SubjectIx,
    days: &Range<u32>,
    period: Period,
    limit: usize,
) -> Result<Vec<Point>, StoreError> {
    if period == Period::Day {
        return list_points(snapshot, store, subject, days, limit);
    }
    // A subject has a point a day at most.
    let points = list_points(snapshot, store, subject, days, usize::MAX)?;
    let same = |one: &Point, other: &Point| period.of(one.day) == period.of(other.day);
    let last = points.chunk_by(same).filter_map(|points| points.last());
    Ok(last.take(limit).copied().collect())
}

/// The newest point of a day or before it, of every subject that shares a row of the store with
/// one; in order.
pub(super) fn last_points(
    snapshot: &Snapshot,
    store: &dyn Store,
    neighbour: SubjectIx,
    day: u32,
) -> Result<Vec<Point>, StoreError> {
    let mut last: BTreeMap<SubjectIx, Point> = BTreeMap::new();
    let prefix = prefix(neighbour);
    let end = month_key(neighbour, Month::of(day).min(open_month(snapshot)));
    let mut from = prefix.clone();
    loop {
        let rows = store.history().scan(&prefix, &from, MONTHS)?;
        let full = rows.len() == MONTHS;
        let Some((key, _)) = rows.last() else {
            break;
        };
        from.clone_from(key);
        // The least key after it.
        from.push(0);
        for (key, value) in rows.into_iter().filter(|(key, _)| *key <= end) {
            let points = Block::decode(&key, &value)?.points;
            let wanted = points.into_iter().filter(|point| point.day <= day);
            last.extend(wanted.map(|point| (point.subject, point)));
        }
        if !full || from > end {
            break;
        }
    }
    let first = neighbour.number() - neighbour.number() % BLOCK_ROWS;
    let block = first..first.saturating_add(BLOCK_ROWS);
    for subject in block.filter_map(|number| SubjectIx::new(neighbour.kind(), number)) {
        let mut open = snapshot.history.points(subject).rev();
        if let Some(point) = open.find(|point| point.day <= day) {
            last.insert(subject, *point);
        }
    }
    Ok(last.into_values().collect())
}

/// A subject's newest point of a day or before it.
pub fn last_point(
    snapshot: &Snapshot,
    store: &dyn Store,
    subject: SubjectIx,
    day: u32,
) -> Result<Option<Point>, StoreError> {
    let mut open = snapshot.history.points(subject).rev();
    if let Some(point) = open.find(|point| point.day <= day) {
        return Ok(Some(*point));
    }
    let prefix = prefix(subject);
    let Some((first, _)) = store.history().scan(&prefix, &prefix, 1)?.pop() else {
        return Ok(None);
    };
    let newest = open_month(snapshot).before();
    let mut month = newest.map(|newest| newest.min(Month::of(day)));
    while let Some(at) = month {
        let key = month_key(subject, at);
        if key < first {
            break;
        }
        let stored: Option<Row> = store.history().scan(&key, &key, 1)?.pop();
        if let Some((key, value)) = stored {
            let block = Block::decode(&key, &value)?;
            let mut points = block.of(subject).iter().rev();
            if let Some(point) = points.find(|point| point.day <= day) {
                return Ok(Some(*point));
            }
        }
        month = at.before();
    }
    Ok(None)
}

/// The clock's month, whose points are not read from the store.
fn open_month(snapshot: &Snapshot) -> Month {
    let clock = snapshot.state.watermark();
    Month::of(clock.map_or(0, crate::domain::Time::day))
}
