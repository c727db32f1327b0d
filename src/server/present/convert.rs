//! Conversions of domain values to messages.

use crate::domain::Violation;
use crate::engine::Ack;
use crate::proto::v1;

/// Makes a message of a violation. Its path is led by the record's path in the request.
pub(in crate::server) fn violation(path: &str, violation: Violation) -> v1::FieldViolation {
    let Violation {
        field,
        description,
        reason,
    } = violation;
    v1::FieldViolation {
        field: format!("{path}.{field}"),
        description,
        reason: reason.name().to_owned(),
    }
}

/// Summarises the outcome of a batch.
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
        watermark: watermark.map(Into::into),
    }
}
