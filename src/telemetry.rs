//! What leaves the process about itself: log lines, and spans of traced calls.
//!
//! A call is traced or not from its first moment on ([`Sampler`]); of one that is not, no span is
//! ever made. So tracing costs what it samples, and nothing when it is off.

mod config;
mod export;
mod log;
mod rpc;
mod sampler;

use std::io::IsTerminal as _;
use std::sync::Arc;

use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

use crate::instruments::Metrics;

pub use config::TelemetryConfig;
pub use export::{Export, Exporter};
pub use rpc::{CallerDecided, ObserveCalls};
pub use sampler::Sampler;

/// The target of all spans that are exported.
pub const TARGET: &str = "goodstanding::trace";

/// A span below a traced one; none, at no cost, below what is not traced.
macro_rules! stage {
    ($parent:expr, $name:literal $(, $($fields:tt)*)?) => {{
        let parent: &tracing::Span = $parent;
        if parent.is_disabled() {
            tracing::Span::none()
        } else {
            tracing::info_span!(target: $crate::telemetry::TARGET, parent: parent, $name $(, $($fields)*)?)
        }
    }};
}
pub(crate) use stage;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Tracing could not start.
#[derive(Debug, thiserror::Error)]
#[error("tracing cannot start: {0}")]
pub struct TelemetryError(String);

/// What the parts of a process measure themselves with; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Instruments {
    /// Recorded always: it costs next to nothing.
    pub metrics: Metrics,
    /// Which calls are traced; none where spans go nowhere.
    pub sampler: Option<Arc<Sampler>>,
}

/// Starts log lines, and the export of spans where one is asked for. `GOODSTANDING_LOG` takes a
/// filter such as `goodstanding=debug` instead of the default one.
pub fn init(
    format: LogFormat,
    default_filter: &str,
    exporter: Option<&Exporter>,
) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_from_env("GOODSTANDING_LOG")
        .unwrap_or_else(|_| EnvFilter::new(default_filter));
    // Lines about a traced call carry its ids, whatever else is logged.
    let traced = filter_fn(|meta| meta.is_span() && meta.target() == TARGET);
    // Without a hint every level of every library would be looked at.
    let filter = filter.or(traced.with_max_level_hint(LevelFilter::INFO));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let lines = match format {
        LogFormat::Human => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines
            .json()
            .map_event_format(log::WithIds)
            .with_filter(filter)
            .boxed(),
    };
    // A layer that is not there must not be one of them: it would want to see each span of each
    // library, a tenth of the processor time of a call.
    let mut layers = vec![lines];
    layers.extend(exporter.map(|exporter| exporter.layer().boxed()));
    let registry = Registry::default().with(layers);
    #[cfg(feature = "tokio-console")]
    let registry = registry.with(console_subscriber::spawn());
    registry
        .try_init()
        .map_err(|error| TelemetryError(error.to_string()))
}
