//! Turns the clock of a marketplace back, for operators.

use tonic::Status;

use crate::codec::parse_time;
use crate::domain::{Id, Reason, Time, Violation};
use crate::engine::{Engine, EngineError};
use crate::erasure::{Change, Changed, TurnBack};
use crate::proto::v1::{TurnBackClockRequest, TurnBackClockResponse};
use crate::server::{blocking, status};

/// Takes back the events after a time, or counts them.
pub(in crate::server) async fn turn_back(
    engine: &Engine,
    request: TurnBackClockRequest,
) -> Result<TurnBackClockResponse, Status> {
    let validate_only = request.validate_only;
    let change = Change::TurnBack(parse(request).map_err(status::invalid)?);
    let maintenance = engine.maintenance.clone();
    let changed = if validate_only {
        blocking(move || maintenance.count(change)).await?
    } else {
        maintenance.rewrite(change).await
    };
    let (changed, log_sequence) = changed.map_err(|error: EngineError| status::engine(&error))?;
    let Changed {
        taken_back,
        records,
        ..
    } = changed;
    let watermark = engine.snapshots.newest().state.watermark();
    if !validate_only {
        tracing::warn!(
            events = taken_back,
            log_sequence,
            watermark = watermark.map(Time::seconds),
            "the clock was turned back"
        );
    }
    Ok(TurnBackClockResponse {
        event_count: taken_back,
        record_count: records,
        log_sequence,
        watermark: watermark.map(Into::into),
    })
}

fn parse(request: TurnBackClockRequest) -> Result<TurnBack, Vec<Violation>> {
    let TurnBackClockRequest {
        marketplace,
        time,
        validate_only: _,
    } = request;
    if !marketplace.is_empty() && Id::new(&marketplace).is_none() {
        return Err(vec![Violation::new(
            "marketplace",
            Reason::Malformed,
            "is longer than 128 bytes, or has control characters",
        )]);
    }
    match parse_time("time", time)? {
        Some(time) => Ok(TurnBack { marketplace, time }),
        None => Err(vec![Violation::new(
            "time",
            Reason::Required,
            "is absent; events after it are taken back",
        )]),
    }
}
