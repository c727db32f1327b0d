//! Tracing to stderr, for people or for machines.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

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

/// Starts tracing. `GOODSTANDING_LOG` takes a filter such as `goodstanding=debug` instead of the
/// default one; spans say how long they took when they close.
pub fn init(format: LogFormat, default_filter: &str) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_from_env("GOODSTANDING_LOG")
        .unwrap_or_else(|_| EnvFilter::new(default_filter));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match format {
        LogFormat::Human => builder.try_init(),
        LogFormat::Json => builder.json().with_span_events(FmtSpan::CLOSE).try_init(),
    };
    started.map_err(|error| TelemetryError(error.to_string()))
}
