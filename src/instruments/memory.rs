//! Metrics of the memory that the process and calls have.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// The memory of calls and its bounds, as they were looked at last.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    limit: Gauge,
    calls: Gauge,
    calls_limit: Gauge,
    outgrown: Gauge,
}

/// One look at the memory.
#[derive(Clone, Copy, Debug)]
pub struct MemoryReading {
    /// Bytes that the process may have.
    pub limit: u64,
    /// Bytes that calls hold.
    pub calls: u64,
    /// Bytes that calls may hold now.
    pub calls_limit: u64,
    /// Whether the service itself leaves calls no more than the least.
    pub is_outgrown: bool,
}

impl Memory {
    pub(super) fn register(&self, registry: &mut Registry) {
        let bytes = || Unit::Bytes;
        let help = "Memory that the process may have: limits.memory";
        registry.register_with_unit("memory_limit", help, bytes(), self.limit.clone());
        let help = "Memory that calls hold: messages, and windows of streams";
        registry.register_with_unit("memory_calls", help, bytes(), self.calls.clone());
        let help = "Memory that calls may hold now";
        registry.register_with_unit(
            "memory_calls_limit",
            help,
            bytes(),
            self.calls_limit.clone(),
        );
        let help =
            "Whether state and passes alone leave calls no more than the least of the memory";
        registry.register("memory_outgrown", help, self.outgrown.clone());
    }

    /// Records a look.
    pub fn read(&self, reading: MemoryReading) {
        let MemoryReading {
            limit,
            calls,
            calls_limit,
            is_outgrown,
        } = reading;
        for (gauge, value) in [
            (&self.limit, limit),
            (&self.calls, calls),
            (&self.calls_limit, calls_limit),
            (&self.outgrown, u64::from(is_outgrown)),
        ] {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }
}
