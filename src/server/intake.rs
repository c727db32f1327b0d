//! From the events of a request to entries for the engine, and rejections for the caller.

mod places;
mod rejections;

use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message as _;
use tracing::Span;

use places::Places;
use rejections::Rejections;

use crate::codec::parse_event;
use crate::codec::record_name;
use crate::domain::{Reason, Time, Violation};
use crate::engine::Entry;
use crate::metrics::{EventKind, Pipeline};
use crate::privacy::Pseudonyms;
use crate::proto::v1::{self, event};
use crate::server::BATCH_EVENTS_MAX;
use crate::server::present::convert;
use crate::state::State;
use crate::telemetry::stage;

/// The good and the refused events of one batch.
#[derive(Debug)]
pub(super) struct Intake {
    pub(super) entries: Vec<Entry>,
    pub(super) rejections: Rejections,
}

/// Reads a batch; the state says which marketplaces are known. Errors when the batch itself is at
/// fault, not one of its events.
pub(super) fn read(
    events: Vec<v1::Event>,
    state: &State,
    pseudonyms: &Pseudonyms,
    metrics: &Pipeline,
) -> Result<Intake, Vec<Violation>> {
    let span = stage!(
        &Span::current(),
        "decode",
        goodstanding.events = events.len()
    );
    let _entered = span.enter();

    let refused = |reason, description: String| {
        Err(vec![Violation {
            field: "events".to_owned(),
            description,
            reason,
        }])
    };
    if events.is_empty() {
        return refused(
            Reason::Required,
            "is empty; 1 to 10000 events are required".to_owned(),
        );
    }
    if events.len() > BATCH_EVENTS_MAX {
        let count = events.len();
        return refused(
            Reason::TooMany,
            format!("has {count} entries; at most 10000 are allowed"),
        );
    }
    let arrival = now();
    let mut intake = Intake {
        entries: Vec::with_capacity(events.len()),
        rejections: Rejections::default(),
    };
    let mut places = Places::of(state);
    for (index, mut message) in events.into_iter().enumerate() {
        if let Some(event::Payload::Tombstone(_)) = message.payload {
            metrics.refused(EventKind::Tombstone);
            let name = record_name(&message);
            intake
                .rejections
                .push(reject(index, name, vec![tombstone()]));
            continue;
        }
        pseudonyms.hide(&mut message);
        // Before parsing, which takes the message apart.
        let encoded = message.encode_to_vec();
        let kind = EventKind::of_message(message.payload.as_ref());
        let parsed = parse_event(message, arrival);
        let parsed = parsed.and_then(|event| match places.check(&event) {
            Some(refused) => Err(vec![refused]),
            None => Ok(event),
        });
        match parsed {
            Ok(event) => intake.entries.push(Entry { event, encoded }),
            Err(found) => {
                metrics.refused(kind);
                let rejection = reject(index, name_of(&encoded), found);
                intake.rejections.push(rejection);
            }
        }
    }
    Ok(intake)
}

/// What is erased is for the service to say.
fn tombstone() -> Violation {
    Violation {
        field: "tombstone".to_owned(),
        description: "is written by erasure only; AdminService.EraseReviewer erases".to_owned(),
        reason: Reason::Inconsistent,
    }
}

/// Names a refused record from its encoding, so that good ones pay nothing for it.
fn name_of(encoded: &[u8]) -> String {
    v1::Event::decode(encoded).map_or_else(|_| "event".to_owned(), |event| record_name(&event))
}

fn reject(index: usize, record: String, found: Vec<Violation>) -> v1::Rejection {
    let place = format!("events[{index}]");
    let violations = found
        .into_iter()
        .map(|fault| convert::violation(&place, fault))
        .collect();
    v1::Rejection {
        index: index as u32,
        record,
        violations,
    }
}

/// The server's wall clock, against which dates in the future are refused.
pub(super) fn now() -> Time {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs())
        .ok()
        .and_then(Time::try_from_seconds)
        .unwrap_or(Time::from_seconds(u32::MAX))
}
