//! The spans of a group commit, which serves many callers.
//!
//! A group has one span, with its stages below it. It stands in the trace of the first of its
//! traced callers; it links to the others, and theirs link to it, so that each leads to the work
//! that was done for it, and the work is told once.

use opentelemetry::trace::TraceContextExt as _;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::Submission;
use crate::telemetry::stage;

/// The span of a group; none if none of its callers is traced.
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
