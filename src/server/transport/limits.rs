//! Settings of what callers may hold open: section `[limits]`.

use serde::{Deserialize, Serialize};
use sysinfo::System;

use crate::config::{Fault, Section, Size, Span};
use crate::engine::ClockOptions;

/// Least memory: a caller's quarter of it has room for the largest batch, decoded.
const MEMORY_MIN: Size = Size::mib(128);
/// Memory where the machine does not tell how much it has.
const MEMORY_UNKNOWN: u64 = 1024 * 1024 * 1024;

/// Most bytes that a client may send on a stream before they are read.
const WINDOW_MAX: u64 = 1024 * 1024;
/// Parts of the memory of which the window of one stream is one: those of 256 streams, the default,
/// have a quarter.
const WINDOW_PARTS: u64 = 1024;
/// Bytes of a connection without a call, with TLS: buffers, an unfinished head and an unfinished frame.
const CONNECTION_BYTES: u64 = 64 * 1024;

/// Seconds of a day.
const DAY_SECONDS: u64 = 86_400;

/// Section `[limits]`: limits over all connections together. A caller is a token's subject or a
/// certificate's name; without authentication, it is a connection.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Calls in flight, until their answers are taken; further ones are refused at once with
    /// `RESOURCE_EXHAUSTED`. Health checks do not count. A backend may have half of them.
    pub calls_in_flight_max: u32,
    /// Calls in flight of one seller or operator.
    pub calls_per_caller_max: u32,
    /// Open streams of batches. A backend may have half of them.
    pub streams_max: u32,
    /// Open watches.
    pub watchers_max: u32,
    /// Open watches of one seller or operator. A backend may have half of `watchers_max`.
    pub watchers_per_caller_max: u32,
    /// Events that one point-in-time read may replay. A million takes some seconds and 200 MiB.
    pub look_back_events_max: u64,
    /// Point-in-time reads that wait while another one replays; further ones are refused.
    pub look_backs_waiting_max: u32,
    /// Memory of the process. Calls may hold what its own leaves, and a quarter in any case: messages
    /// received, decoded, waiting, and answers not taken yet. One caller may have a quarter. Not set:
    /// half of the machine's.
    pub memory: Option<Size>,
    /// Time until a call must be answered. Streams, and work of operators such as backups, are not
    /// bounded.
    pub call_max: Span,
    /// Time in which a client must take an answer that is ready.
    pub answer_max: Span,
    /// Longest pause between two batches of a stream.
    pub stream_idle_max: Span,
    /// Longest time between the last receipt in the log and a start. If the wall clock is later, an
    /// operator has to confirm it.
    pub clock_gap_max: Span,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            calls_in_flight_max: 512,
            calls_per_caller_max: 64,
            streams_max: 256,
            watchers_max: 64,
            watchers_per_caller_max: 16,
            look_back_events_max: 2_000_000,
            look_backs_waiting_max: 8,
            memory: None,
            call_max: Span::seconds(60),
            answer_max: Span::seconds(60),
            stream_idle_max: Span::seconds(3600),
            clock_gap_max: Span(ClockOptions::GAP_MAX),
        }
    }
}

impl LimitsConfig {
    /// Bytes that the process may have.
    pub fn memory_bytes(&self) -> u64 {
        self.memory
            .map_or_else(|| machine_memory() / 2, |set| set.as_u64())
    }

    /// Bytes that a client may send on a stream before they are read.
    pub(in crate::server) fn stream_window_bytes(&self) -> u32 {
        (self.memory_bytes() / WINDOW_PARTS).min(WINDOW_MAX) as u32
    }

    /// How many of so many connections a quarter of the memory holds; lowers and says so where there
    /// are too many.
    pub fn connections_within_memory(&self, connections_max: u32) -> u32 {
        let within = self.memory_bytes() / 4 / CONNECTION_BYTES;
        let allowed =
            u32::try_from(within).map_or(connections_max, |most| most.min(connections_max));
        if allowed < connections_max {
            tracing::warn!(
                asked = connections_max,
                allowed,
                "connections.connections_max is lowered: limits.memory is too low for it"
            );
        }
        allowed
    }
}

/// Bytes of memory that this process may use: of the machine, or of its control group.
fn machine_memory() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    let of_machine = system.total_memory();
    let of_group = system.cgroup_limits().map(|limits| limits.total_memory);
    let least = of_group.filter(|bytes| *bytes > 0).unwrap_or(of_machine);
    match least.min(of_machine) {
        0 => MEMORY_UNKNOWN,
        bytes => bytes,
    }
}

impl Section for LimitsConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            calls_in_flight_max,
            calls_per_caller_max,
            streams_max,
            watchers_max,
            watchers_per_caller_max,
            look_back_events_max: _,
            look_backs_waiting_max,
            memory,
            call_max,
            answer_max,
            stream_idle_max,
            clock_gap_max,
        } = self;
        let mut faults = Vec::new();
        for (key, count, most) in [
            ("calls_in_flight_max", calls_in_flight_max, 1_000_000),
            ("calls_per_caller_max", calls_per_caller_max, 1_000_000),
            ("streams_max", streams_max, 100_000),
            ("watchers_max", watchers_max, 10_000),
            ("watchers_per_caller_max", watchers_per_caller_max, 10_000),
            ("look_backs_waiting_max", look_backs_waiting_max, 1000),
        ] {
            faults.extend(Fault::unless_within(key, count, &(1..=most)));
        }
        for (key, span, most) in [
            ("call_max", call_max, 3600),
            ("answer_max", answer_max, 3600),
            ("stream_idle_max", stream_idle_max, 7 * 86_400),
        ] {
            let allowed = Span::seconds(1)..=Span::seconds(most);
            faults.extend(Fault::unless_within(key, span, &allowed));
        }
        let gaps = Span::seconds(DAY_SECONDS)..=Span::seconds(100 * 365 * DAY_SECONDS);
        faults.extend(Fault::unless_within("clock_gap_max", clock_gap_max, &gaps));
        faults.extend(
            memory
                .as_ref()
                .and_then(|memory| Fault::unless_at_least("memory", memory, &MEMORY_MIN)),
        );
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_half_of_the_machine_unless_it_is_set() {
        let unset = LimitsConfig::default().memory_bytes();
        assert!(unset >= 64 * 1024 * 1024, "{unset}");
        let set = LimitsConfig {
            memory: Some(Size::mib(200)),
            ..LimitsConfig::default()
        };
        assert_eq!(set.memory_bytes(), 200 * 1024 * 1024);
    }

    #[test]
    fn windows_and_connections_have_a_quarter_each() {
        let of = |mib| LimitsConfig {
            memory: Some(Size::mib(mib)),
            ..LimitsConfig::default()
        };
        let (least, more) = (of(128), of(4096));
        assert_eq!(least.stream_window_bytes(), 128 * 1024);
        assert_eq!(more.stream_window_bytes(), 1024 * 1024);
        assert_eq!(least.connections_within_memory(10_000), 512);
        assert_eq!(more.connections_within_memory(10_000), 10_000);
    }
}
