//! Metrics of the log on the disk.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::unix_seconds;

/// Counts repeated writes, and what scrubbing reads.
#[derive(Clone, Debug, Default)]
pub struct LogMetrics {
    repeated_writes: Counter,
    scrubbed_bytes: Counter,
    damages: Counter,
    whole_at: Gauge,
}

impl LogMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Writes to the log that failed without a trace and were repeated";
        registry.register("log_repeated_writes", help, self.repeated_writes.clone());
        let help = "Bytes of the log that were read again and hold";
        let bytes = Unit::Bytes;
        registry.register_with_unit("log_scrubbed", help, bytes, self.scrubbed_bytes.clone());
        let help = "Damaged places that reading the log again has met";
        registry.register("log_damages", help, self.damages.clone());
        let help = "Time when the whole log was last read again; 0 before";
        let seconds = Unit::Seconds;
        registry.register_with_unit(
            "log_scrubbed_whole_timestamp",
            help,
            seconds,
            self.whole_at.clone(),
        );
    }

    /// Counts a write that is repeated.
    pub fn repeated_write(&self) {
        self.repeated_writes.inc();
    }

    /// Counts a piece of the log that holds; the whole log was read where it ends there.
    pub fn scrubbed(&self, bytes: u64, at_end: bool) {
        self.scrubbed_bytes.inc_by(bytes);
        if at_end {
            self.whole_at.set(unix_seconds());
        }
    }

    /// Counts a damaged place.
    pub fn damaged(&self) {
        self.damages.inc();
    }
}
