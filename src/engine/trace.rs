//! The span of a group commit, which serves many callers.
//!
//! A group has one span, with its stages below it, in the trace of its first traced caller. It and the
//! spans of the other traced callers link to each other.

use opentelemetry::trace::TraceContextExt as _;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::ingest::Submission;
use crate::telemetry::stage;

/// Starts the span of a group; none if none of its callers is traced.
pub(super) fn group_span(group: &[Submission]) -> Span {
    let mut traced = group.iter().map(|submission| &submission.span);
    let Some(first) = traced.by_ref().find(|span| !span.is_disabled()) else {
        return Span::none();
    };
    let events: usize = group
        .iter()
        .map(|submission| submission.entries.len())
        .sum();
    let span = stage!(
        first,
        "group commit",
        goodstanding.submissions = group.len(),
        goodstanding.events = events,
    );
    let mut own = None;
    for other in traced.filter(|span| !span.is_disabled()) {
        let own = own.get_or_insert_with(|| span.context().span().span_context().clone());
        other.add_link(own.clone());
        span.add_link(other.context().span().span_context().clone());
    }
    span
}
