//! Metrics of the transport: open connections, and what it refused.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Counters;

/// What the transport refuses before a handler sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A connection beyond all places.
    Connection,
    /// A connection beyond the places of its address.
    ConnectionOfAddress,
    /// A connection that the system did not hand over, for example without a free file.
    Accept,
    /// A connection of a trusted proxy without a valid PROXY header.
    ProxyHeader,
    /// A call of the health service beyond the rate or places of its address.
    HealthCall,
    /// A health watch beyond its places.
    HealthWatch,
    /// A request whose body did not come in time.
    SlowBody,
    /// A connection of the ports of metrics and probes, where nobody could make room.
    ProbeConnection,
    /// A scrape beside others under way.
    Scrape,
}

impl Refusal {
    const ALL: [Self; 9] = [
        Self::Connection,
        Self::ConnectionOfAddress,
        Self::Accept,
        Self::ProxyHeader,
        Self::HealthCall,
        Self::HealthWatch,
        Self::SlowBody,
        Self::ProbeConnection,
        Self::Scrape,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::ConnectionOfAddress => "connection_of_address",
            Self::Accept => "accept",
            Self::ProxyHeader => "proxy_header",
            Self::HealthCall => "health_call",
            Self::HealthWatch => "health_watch",
            Self::SlowBody => "slow_body",
            Self::ProbeConnection => "probe_connection",
            Self::Scrape => "scrape",
        }
    }
}

/// Metrics of connections.
#[derive(Clone, Debug)]
pub struct Transport {
    /// Connections to the service's port that hold a place.
    pub connections: Gauge,
    /// Open health watches.
    pub health_watches: Gauge,
    refusals: Counters<1>,
}

impl Default for Transport {
    fn default() -> Self {
        let refusals = Counters::default();
        for refusal in Refusal::ALL {
            drop(refusals.get_or_create(&[("reason", refusal.label())]));
        }
        Self {
            connections: Gauge::default(),
            health_watches: Gauge::default(),
            refusals,
        }
    }
}

impl Transport {
    /// Counts a refusal.
    pub fn refused(&self, refusal: Refusal) {
        let counter = self.refusals.get_or_create(&[("reason", refusal.label())]);
        counter.inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let Self {
            connections,
            health_watches,
            refusals,
        } = self.clone();
        registry.register("connections", "Connections that hold a place", connections);
        registry.register("health_watches", "Open health watches", health_watches);
        let help = "Connections and calls that the transport refused, by reason";
        registry.register("transport_refusals", help, refusals);
    }
}

/// Counts log lines that were dropped because their place in the code repeated itself.
#[derive(Clone, Debug, Default)]
pub struct DroppedLines(Counter);

impl DroppedLines {
    /// Counts a line.
    pub fn add(&self) {
        self.0.inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Repeated warnings that were left out of the log";
        registry.register("log_lines_dropped", help, self.0.clone());
    }
}
