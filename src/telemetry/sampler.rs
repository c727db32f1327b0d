//! Sampling of calls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::TARGET;
use crate::instruments::Method;

/// Decides before a call has a span: a caller's decision is kept, and all other calls are drawn.
#[derive(Debug)]
pub struct Sampler {
    /// Draws below it are traced.
    threshold: u64,
    draws: AtomicU64,
    propagator: TraceContextPropagator,
}

/// Step of a Weyl sequence: the golden ratio in 64 bits.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Sampler {
    /// Traces a share, 0 to 1, of the calls without a decision.
    pub fn new(ratio: f64) -> Self {
        #[allow(clippy::disallowed_methods, reason = "it seeds the sampling of traces")]
        let started = SystemTime::now().duration_since(UNIX_EPOCH);
        // Each start draws other calls.
        let seed = started.map_or(0, |since| since.as_nanos() as u64);
        Self {
            // A cast of a float saturates, so 1 is everything.
            threshold: (ratio * 18_446_744_073_709_551_616.0) as u64,
            draws: AtomicU64::new(seed),
            propagator: TraceContextPropagator::new(),
        }
    }

    /// Returns the caller's span, if the request names one (W3C Trace Context).
    pub(super) fn caller(&self, headers: &HeaderMap) -> Option<Context> {
        headers.get("traceparent")?;
        let caller = self.propagator.extract(&Headers(headers));
        caller.span().span_context().is_valid().then_some(caller)
    }

    /// Makes a span for a call of a method; `Span::none()` if it is not sampled.
    pub(super) fn call(&self, method: &Method, caller: Option<&Context>) -> Span {
        match caller {
            Some(caller) if caller.span().span_context().is_sampled() => {
                let span = call_span(method);
                // It fails only without an exporter.
                let _ = span.set_parent(caller.clone());
                span
            }
            Some(_) => Span::none(),
            None => self.root(method),
        }
    }

    /// Makes a span that begins a trace; `Span::none()` if it is not drawn.
    pub fn root(&self, method: &Method) -> Span {
        if self.draw() {
            call_span(method)
        } else {
            Span::none()
        }
    }

    fn draw(&self) -> bool {
        let mut z = self.draws.fetch_add(STEP, Ordering::Relaxed);
        // SplitMix64 (Steele, Lea and Flood, 2014).
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        z < self.threshold || self.threshold == u64::MAX
    }
}

/// Makes a span with the name and attributes of OpenTelemetry's conventions for RPC servers.
fn call_span(method: &Method) -> Span {
    let Method {
        service, method, ..
    } = method;
    tracing::info_span!(
        target: TARGET,
        parent: None,
        "rpc",
        otel.name = format!("{service}/{method}"),
        otel.kind = "server",
        otel.status_code = Empty,
        rpc.system = "grpc",
        rpc.service = service,
        rpc.method = method,
        rpc.grpc.status_code = Empty,
        rpc.message.id = Empty,
        goodstanding.events = Empty,
    )
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(ratio: f64) -> usize {
        let sampler = Sampler::new(ratio);
        (0..100_000).filter(|_| sampler.draw()).count()
    }

    #[test]
    fn draws_match_their_ratio() {
        assert_eq!(drawn(0.0), 0);
        assert_eq!(drawn(1.0), 100_000);
        let tenth = drawn(0.1);
        // Ten standard deviations.
        assert!((9_000..=11_000).contains(&tenth), "{tenth}");
    }

    #[test]
    fn caller_context_is_read_from_its_header() {
        let sampler = Sampler::new(0.0);
        let mut headers = HeaderMap::new();
        assert!(sampler.caller(&headers).is_none());
        for (value, valid) in [
            (
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                true,
            ),
            (
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
                true,
            ),
            (
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                false,
            ),
            ("nonsense", false),
        ] {
            headers.insert("traceparent", value.parse().expect("a header"));
            assert_eq!(sampler.caller(&headers).is_some(), valid, "{value}");
        }
    }
}
