//! Log lines and exported spans of traced calls.
//!
//! [`Sampler`] decides on tracing before a call has a span. A call that is not traced makes no
//! spans. Tracing therefore costs in proportion to sampling, and nothing if it is off.

mod config;
mod export;
mod log;
mod repeats;
mod rpc;
mod sampler;

use std::io::IsTerminal as _;
use std::sync::Arc;

use tracing_subscriber::filter::{FilterExt as _, LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry};

use crate::instruments::{DroppedLines, Metrics};

pub use config::TelemetryConfig;
pub use export::{Export, Exporter};
pub use repeats::Repeats;
pub use rpc::{CallerDecided, ObserveCalls};
pub use sampler::Sampler;

/// Target of all exported spans.
pub const TARGET: &str = "goodstanding::trace";

/// Makes a span below a traced one; without cost and span below an untraced one.
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

/// Format of log lines.
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

/// Instruments of a process; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Instruments {
    /// Metrics, which are always recorded.
    pub metrics: Metrics,
    /// Sampler of calls; `None` without an exporter.
    pub sampler: Option<Arc<Sampler>>,
}

/// Starts log lines, and the export of spans if it is configured. `GOODSTANDING_LOG` replaces the
/// default filter, such as `goodstanding=debug`. Returns what bounds repeated lines.
pub fn init(
    format: LogFormat,
    default_filter: &str,
    exporter: Option<&Exporter>,
    dropped_lines: &DroppedLines,
) -> Result<Arc<Repeats>, TelemetryError> {
    let from_environment = std::env::var("GOODSTANDING_LOG").ok();
    let targets = from_environment
        .filter(|filter| !filter.is_empty())
        .and_then(|filter| filter.parse::<Targets>().ok())
        .map_or_else(|| default_filter.parse(), Ok)
        .map_err(|error| TelemetryError(error.to_string()))?;
    // Lines of a traced call have its ids, whatever else is logged.
    let traced = filter_fn(|meta| meta.is_span() && meta.target() == TARGET);
    // Without a hint every level of every library would be checked.
    let filter = targets.or(traced.with_max_level_hint(LevelFilter::INFO));
    let repeats = Arc::new(Repeats::new(dropped_lines.clone()));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let lines = match format {
        LogFormat::Human => lines
            .map_event_format(|format| repeats::sparing(format, &repeats))
            .with_filter(filter)
            .boxed(),
        LogFormat::Json => lines
            .json()
            .map_event_format(log::WithIds)
            .map_event_format(|format| repeats::sparing(format, &repeats))
            .with_filter(filter)
            .boxed(),
    };
    // An absent layer is left out: as `None` it would enable every span of each library, a tenth of
    // a call's processor time.
    let mut layers = vec![lines];
    layers.extend(exporter.map(|exporter| exporter.layer().boxed()));
    let registry = Registry::default().with(layers);
    #[cfg(feature = "tokio-console")]
    let registry = registry.with(console_subscriber::spawn());
    registry
        .try_init()
        .map_err(|error| TelemetryError(error.to_string()))?;
    Ok(repeats)
}
