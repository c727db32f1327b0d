//! Instruments: the counters and histograms that other rooms record into.
//!
//! The pipeline records once a group of batches, never once an event; calls record once a call.
//! Every label has a closed set of values. The server reads the rest when it is scraped.

mod labels;
mod log;
mod memory;
mod passes;
mod pipeline;
mod refusals;
mod rpc;
mod tally;
mod transport;
mod workers;

use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

pub use labels::EventKind;
pub use log::LogMetrics;
pub use memory::{Memory, MemoryReading};
pub use passes::{Pass, Passes};
pub use pipeline::Pipeline;
pub use refusals::{Cause, Refusals};
pub use rpc::{Method, Rpc};
pub use tally::Tally;
pub use transport::{DroppedLines, Refusal, Transport};
pub use workers::{Worker, WorkerPanics};

/// Labels of a metric, by name and value.
type Labels<const N: usize> = [(&'static str, &'static str); N];
/// Counters by label.
type Counters<const N: usize> = Family<Labels<N>, Counter>;

/// All instruments. A clone records into the same metrics.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Metrics of calls.
    pub rpc: Rpc,
    /// Metrics of events from the queue to the snapshot.
    pub pipeline: Pipeline,
    /// Metrics of the log on the disk.
    pub log: LogMetrics,
    /// Metrics of passes: evidence and brand progress.
    pub passes: Passes,
    /// Metrics of exported spans.
    pub spans: Spans,
    /// Metrics of calls that were refused to protect the service.
    pub refusals: Refusals,
    /// Metrics of the memory of calls.
    pub memory: Memory,
    /// Metrics of panicked threads.
    pub worker_panics: WorkerPanics,
    /// Metrics of connections.
    pub transport: Transport,
    /// Counts repeated log lines.
    pub dropped_lines: DroppedLines,
}

impl Metrics {
    /// Registers every metric.
    pub(crate) fn register(&self, registry: &mut Registry) {
        self.rpc.register(registry);
        let own = registry.sub_registry_with_prefix("goodstanding");
        self.pipeline.register(own);
        self.log.register(own);
        self.memory.register(own);
        self.passes.register(own);
        self.worker_panics.register(own);
        self.transport.register(own);
        self.dropped_lines.register(own);
        let help = "Calls refused or ended to protect the service, by the bound that they met";
        own.register("refusals", help, self.refusals.0.clone());
        let help = "Spans of traced calls, by whether the collector took them";
        own.register("spans", help, self.spans.0.clone());
    }
}

/// Counts spans by the result of their export.
#[derive(Clone, Debug)]
pub struct Spans(Counters<1>);

impl Default for Spans {
    fn default() -> Self {
        let counters = Counters::default();
        for outcome in ["exported", "failed"] {
            drop(counters.get_or_create(&[("outcome", outcome)]));
        }
        Self(counters)
    }
}

impl Spans {
    /// Counts spans that the collector accepted.
    pub fn exported(&self, spans: usize) {
        self.add("exported", spans);
    }

    /// Counts lost spans, which the collector did not accept.
    pub fn failed(&self, spans: usize) {
        self.add("failed", spans);
    }

    fn add(&self, outcome: &'static str, spans: usize) {
        let counter = self.0.get_or_create(&[("outcome", outcome)]);
        counter.inc_by(spans as u64);
    }
}

/// Buckets from 50 microseconds to some 26 seconds, each twice the one before.
#[derive(Clone, Copy, Debug)]
struct Durations;

impl MetricConstructor<Histogram> for Durations {
    fn new_metric(&self) -> Histogram {
        Histogram::new(exponential_buckets(50e-6, 2.0, 20))
    }
}

/// Makes a histogram of counts from 1 to 16,384, each bucket four times the one before.
fn sizes() -> Histogram {
    Histogram::new(exponential_buckets(1.0, 4.0, 8))
}

#[allow(
    clippy::disallowed_methods,
    reason = "metrics are compared with the wall clock"
)]
fn unix_seconds() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
