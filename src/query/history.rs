//! Points of a subject's history: stored months, then the month that is not over.

use std::ops::Range;

use pbjson_types::Timestamp;

use super::assessment::{band_message, estimate_message};
use crate::domain::{DAY, Kind};
use crate::engine::Published;
use crate::history::{Block, Month, Point, month_key, prefix};
use crate::proto::v1;
use crate::store::{Row, Store, StoreError};

/// Months that are read at a time.
const MONTHS: usize = 16;

/// A subject's points within days since 1970, oldest first, `limit` at most.
pub fn list_points(
    published: &Published,
    store: &dyn Store,
    (kind, row): (Kind, u32),
    days: &Range<u32>,
    limit: usize,
) -> Result<Vec<Point>, StoreError> {
    let mut points = Vec::new();
    let open = open_month(published);
    let prefix = prefix(kind, row);
    let mut from = month_key(kind, row, Month::of(days.start));
    while points.len() < limit {
        let rows = store.scan_history(&prefix, &from, MONTHS)?;
        let last = rows.last().map(|(key, _)| key.clone());
        let full = rows.len() == MONTHS;
        let closed = month_key(kind, row, open);
        // What the snapshot has open may have been stored since.
        for (key, value) in rows.into_iter().filter(|(key, _)| *key < closed) {
            let block = Block::decode(&key, &value)?;
            let wanted = block.of(row).iter().filter(|held| days.contains(&held.day));
            points.extend(wanted.copied());
        }
        let Some(mut next) = last.filter(|last| full && *last < closed) else {
            break;
        };
        // The least key after it.
        next.push(0);
        from = next;
    }
    let open = published.history.points(kind, row);
    points.extend(open.filter(|held| days.contains(&held.day)).copied());
    points.truncate(limit);
    Ok(points)
}

/// A subject's newest point of a day or before it.
pub fn last_point(
    published: &Published,
    store: &dyn Store,
    (kind, row): (Kind, u32),
    day: u32,
) -> Result<Option<Point>, StoreError> {
    let mut open = published.history.points(kind, row).rev();
    if let Some(point) = open.find(|point| point.day <= day) {
        return Ok(Some(*point));
    }
    let prefix = prefix(kind, row);
    let Some((first, _)) = store.scan_history(&prefix, &prefix, 1)?.pop() else {
        return Ok(None);
    };
    let newest = open_month(published).before();
    let mut month = newest.map(|newest| newest.min(Month::of(day)));
    while let Some(at) = month {
        let key = month_key(kind, row, at);
        if key < first {
            break;
        }
        let held: Option<Row> = store.scan_history(&key, &key, 1)?.pop();
        if let Some((key, value)) = held {
            let block = Block::decode(&key, &value)?;
            let mut points = block.of(row).iter().rev();
            if let Some(point) = points.find(|point| point.day <= day) {
                return Ok(Some(*point));
            }
        }
        month = at.before();
    }
    Ok(None)
}

/// The clock's month, whose points are not read from the store.
fn open_month(published: &Published) -> Month {
    let clock = published.state.watermark();
    Month::of(clock.map_or(0, crate::domain::Time::day))
}

/// A point as a message.
pub fn point_message(point: &Point) -> v1::HistoryPoint {
    v1::HistoryPoint {
        day: Some(midnight(point.day)),
        risk: Some(estimate_message(&point.risk.estimate())),
        band: band_message(point.band).into(),
        attack: point
            .attack
            .map(|attack| estimate_message(&attack.estimate())),
        review_count: point.reviews.into(),
        mean_rating: point.mean_rating(),
    }
}

/// The beginning of a day.
fn midnight(day: u32) -> Timestamp {
    Timestamp {
        seconds: i64::from(day) * i64::from(DAY),
        nanos: 0,
    }
}
