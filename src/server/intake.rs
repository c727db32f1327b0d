//! Parses the events of a request into entries for the engine and rejections for the caller.

mod marketplace_quota;
mod rejections;

use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message as _;
use tonic::Status;
use tracing::Span;

use marketplace_quota::MarketplaceQuota;
use rejections::Rejections;

use crate::codec::{parse_event, record_name};
use crate::domain::{Reason, Time, Violation};
use crate::engine::{Arrival, Doubt, Entry};
use crate::instruments::{EventKind, Pipeline};
use crate::privacy::Pseudonyms;
use crate::proto::v1::{self, event};
use crate::server::BATCH_EVENTS_MAX;
use crate::server::present::convert;
use crate::server::status;
use crate::server::wire::{Entries, count_fields};
use crate::state::State;
use crate::telemetry::stage;

/// The accepted and the rejected events of one batch.
#[derive(Debug)]
pub(super) struct Intake {
    pub(super) entries: Vec<Entry>,
    pub(super) rejections: Rejections,
}

/// Memory of an event besides its bytes, which the event and its encoding each have once more.
const EVENT_BYTES: usize = 512;

/// Memory that a batch takes besides the message: its events, decoded and encoded.
pub(super) fn weight(events: &Entries) -> usize {
    2 * events.byte_count() + EVENT_BYTES * events.len()
}

impl Intake {
    /// Bytes of memory that it takes.
    pub(super) fn memory(&self) -> usize {
        let of_entry = |entry: &Entry| 2 * entry.encoded.len() + EVENT_BYTES;
        self.entries.iter().map(of_entry).sum::<usize>() + self.rejections.memory()
    }
}

/// Fields of one event at which it is refused before it is decoded: a bound on its memory. The
/// largest valid one, a listing with every list full, has some 230.
const FIELDS_MAX: usize = 4096;

/// Parses a batch. Fails when the batch itself is at fault, not one of its events. The state names
/// the known marketplaces.
pub(super) fn parse(
    events: &Entries,
    state: &State,
    pseudonyms: &Pseudonyms,
    arrival: Arrival,
    metrics: &Pipeline,
) -> Result<Intake, Status> {
    let span = stage!(
        &Span::current(),
        "decode",
        goodstanding.events = events.len()
    );
    let _entered = span.enter();

    check_size(events.len())?;
    let mut intake = Intake {
        entries: Vec::with_capacity(events.len()),
        rejections: Rejections::default(),
    };
    let mut quota = MarketplaceQuota::of(state);
    for (index, bytes) in events.iter().enumerate() {
        if count_fields(bytes, FIELDS_MAX) == FIELDS_MAX {
            metrics.refused(EventKind::Empty);
            let rejection = reject(index, "event".to_owned(), vec![too_many_fields()]);
            intake.rejections.push(rejection);
            continue;
        }
        let mut message = v1::Event::decode(bytes)
            .map_err(|error| status::malformed(&format!("events[{index}]: {error}")))?;
        if let Some(event::Payload::Tombstone(_)) = message.payload {
            metrics.refused(EventKind::Tombstone);
            let rejection = reject(index, record_name(&message), vec![tombstone_refused()]);
            intake.rejections.push(rejection);
            continue;
        }
        pseudonyms.hide(&mut message);
        // Encoded first, because parsing consumes the message.
        let encoded = message.encode_to_vec();
        let kind = kind_of(message.payload.as_ref());
        let checked =
            parse_event(message, arrival.time()).and_then(|event| match quota.check(&event) {
                Some(violation) => Err(vec![violation]),
                None => Ok(event),
            });
        match checked {
            Ok(event) => intake.entries.push(Entry { event, encoded }),
            Err(violations) => {
                metrics.refused(kind);
                let violations = explain_doubt(violations, arrival.doubt);
                let rejection = reject(index, name_of(&encoded), violations);
                intake.rejections.push(rejection);
            }
        }
    }
    Ok(intake)
}

/// Says why a time is in the future, where the server's clock is not believed, and what to do.
pub(super) fn explain_doubt(
    mut violations: Vec<Violation>,
    doubt: Option<Doubt>,
) -> Vec<Violation> {
    let Some(doubt) = doubt else {
        return violations;
    };
    for violation in &mut violations {
        if violation.reason == Reason::InFuture {
            violation.description = format!(
                "is more than a day ahead of its arrival: {doubt}; then send the event again"
            );
        }
    }
    violations
}

fn check_size(count: usize) -> Result<(), Status> {
    let refuse = |reason, description| Err(status::invalid_argument("events", reason, description));
    match count {
        0 => refuse(
            Reason::Required,
            "is empty; 1 to 10000 events are required".to_owned(),
        ),
        1..=BATCH_EVENTS_MAX => Ok(()),
        _ => refuse(
            Reason::TooMany,
            "has more than 10000 entries, which is the most".to_owned(),
        ),
    }
}

/// Returns the kind of a message's payload, as metrics count it.
const fn kind_of(payload: Option<&event::Payload>) -> EventKind {
    use event::Payload as P;
    match payload {
        Some(P::Seller(_)) => EventKind::Seller,
        Some(P::Listing(_)) => EventKind::Listing,
        Some(P::ListingSnapshot(_)) => EventKind::ListingSnapshot,
        Some(P::Review(_)) => EventKind::Review,
        Some(P::ReviewRemoval(_)) => EventKind::ReviewRemoval,
        Some(P::Order(_)) => EventKind::Order,
        Some(P::BrandSignal(_)) => EventKind::BrandSignal,
        Some(P::Verdict(_)) => EventKind::Verdict,
        Some(P::Tombstone(_)) => EventKind::Tombstone,
        None => EventKind::Empty,
    }
}

fn too_many_fields() -> Violation {
    let description = format!("has {FIELDS_MAX} fields or more; no event has as many");
    Violation::new("payload", Reason::TooMany, description)
}

/// Only the service itself writes tombstones.
fn tombstone_refused() -> Violation {
    Violation::new(
        "tombstone",
        Reason::Inconsistent,
        "is written by the service only; AdminService has EraseReviewer and TurnBackClock",
    )
}

/// Names a rejected record by decoding it again, so that accepted ones cost nothing extra.
fn name_of(encoded: &[u8]) -> String {
    v1::Event::decode(encoded).map_or_else(|_| "event".to_owned(), |event| record_name(&event))
}

fn reject(index: usize, record: String, violations: Vec<Violation>) -> v1::Rejection {
    let path = format!("events[{index}]");
    v1::Rejection {
        index: index as u32,
        record,
        violations: violations
            .into_iter()
            .map(|violation| convert::violation(&path, violation))
            .collect(),
    }
}

/// Reads the server's wall clock, for tokens and descriptions of models. Events are compared with the
/// clock of arrivals.
#[allow(clippy::disallowed_methods, reason = "tokens expire by it")]
pub(super) fn now() -> Time {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs())
        .ok()
        .and_then(Time::try_from_seconds)
        .unwrap_or(Time::from_seconds(u32::MAX))
}
