//! Between the inside and messages.

use pbjson_types::Timestamp;

use crate::domain::{Time, Violation};
use crate::engine::Ack;
use crate::proto::v1;

/// A moment as a message.
pub(in crate::server) fn timestamp(time: Time) -> Timestamp {
    Timestamp {
        seconds: i64::from(time.seconds()),
        nanos: 0,
    }
}

/// A fault as a message, its path led by where the record stands in the request.
pub(in crate::server) fn violation(place: &str, fault: Violation) -> v1::FieldViolation {
    let Violation {
        field,
        description,
        reason,
    } = fault;
    v1::FieldViolation {
        field: format!("{place}.{field}"),
        description,
        reason: reason.name().to_owned(),
    }
}

/// What became of a batch.
pub(in crate::server) fn summary(ack: Ack, rejections: Vec<v1::Rejection>) -> v1::IngestSummary {
    let Ack {
        accepted,
        unchanged,
        event_count,
        watermark,
    } = ack;
    v1::IngestSummary {
        accepted,
        unchanged,
        rejections,
        event_count,
        watermark: watermark.map(timestamp),
    }
}
