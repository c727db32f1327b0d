//! Settings of the health service and of the port of probes.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::config::{Fault, Section};
use crate::server::transport::rate::Rate;

/// Section `[health]`. Health asks for no authentication, so it has bounds of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthConfig {
    /// Address and port of `/healthz`, `/readyz` and gRPC health without TLS, commonly port 9312;
    /// not set: the port of metrics alone has them. Port 0 takes a free one.
    pub listen: Option<SocketAddr>,
    /// Open `Watch` calls, 1 to 10000.
    pub watches_max: u32,
    /// Open `Watch` calls from one address (IPv6: one /64).
    pub watches_per_address_max: u32,
    /// Calls of the health service from one address.
    pub calls: Rate,
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self {
            listen: None,
            watches_max: 64,
            watches_per_address_max: 8,
            calls: Rate {
                per_second: 50,
                burst: 200,
            },
        }
    }
}

impl Section for HealthConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            listen: _,
            watches_max,
            watches_per_address_max,
            calls,
        } = self;
        let mut faults = Vec::new();
        for (key, count) in [
            ("watches_max", watches_max),
            ("watches_per_address_max", watches_per_address_max),
        ] {
            faults.extend(Fault::unless_within(key, count, &(1..=10_000)));
        }
        let rate_faults = calls.check().into_iter();
        faults.extend(rate_faults.map(|fault| fault.under("calls")));
        faults
    }
}
