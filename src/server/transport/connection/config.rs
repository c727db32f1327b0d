//! Settings of connections.

use serde::{Deserialize, Serialize};

use crate::config::{Fault, Section, Size, Span};
use crate::server::transport::address::{Forwarding, Proxies, parse_network};

/// Least share of one address where it is not set.
const SHARE_MIN: u32 = 16;

/// Section `[connections]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionConfig {
    /// Connections at a time; further ones are closed at once. Each needs an open file.
    pub connections_max: u32,
    /// Connections at a time from one address (IPv6: one /64); not set: a tenth of
    /// `connections_max`, at least 16. Trusted proxies have no such limit.
    pub connections_per_address_max: Option<u32>,
    /// Calls at a time on one connection; further ones wait at the client.
    pub calls_max: u32,
    /// Most bytes of a request's headers.
    pub header_max: Size,
    /// Time limit of a PROXY header, of a TLS handshake, and of the first 24 bytes after it.
    pub handshake_max: Span,
    /// Time limit of a request's body, except where the method takes a stream.
    pub body_max: Span,
    /// Time without a call after which a connection is closed.
    pub idle_max: Span,
    /// Age at which a client is asked to reconnect; not set: never. Bounds how long a client's
    /// certificate is trusted after its authority was removed.
    pub age_max: Option<Span>,
    /// Silence after which a connection is pinged.
    pub keepalive_interval: Span,
    /// Time limit of the answer to a ping; the connection is closed after it.
    pub keepalive_timeout: Span,
    /// Networks of proxies that are believed about the address of their client, such as
    /// `10.0.0.0/8`.
    pub trusted_proxies: Vec<String>,
    /// How they tell it: `proxy-protocol`, `x-forwarded-for`, `forwarded` or `none`.
    pub forwarded_address: Forwarding,
}

impl Default for ConnectionConfig {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            connections_per_address_max: None,
            calls_max: 256,
            header_max: Size::kib(16),
            handshake_max: Span::seconds(10),
            body_max: Span::seconds(15),
            idle_max: Span::seconds(300),
            age_max: None,
            keepalive_interval: Span::seconds(30),
            keepalive_timeout: Span::seconds(10),
            trusted_proxies: Vec::new(),
            forwarded_address: Forwarding::None,
        }
    }
}

impl ConnectionConfig {
    /// Connections at a time from one address.
    pub fn share(&self) -> u32 {
        let tenth = (self.connections_max / 10).max(SHARE_MIN);
        self.connections_per_address_max.unwrap_or(tenth)
    }

    pub(in crate::server) fn proxies(&self) -> Proxies {
        Proxies::new(&self.trusted_proxies, self.forwarded_address)
    }

    fn proxy_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (index, text) in self.trusted_proxies.iter().enumerate() {
            if parse_network(text).is_none() {
                let key = format!("trusted_proxies[{index}]");
                let description =
                    format!("is {text:?}; a network such as \"10.0.0.0/8\" is required");
                faults.push(Fault::new(&key, description));
            }
        }
        let is_none = self.forwarded_address == Forwarding::None;
        if self.trusted_proxies.is_empty() != is_none {
            let description = "and trusted_proxies must be set together";
            faults.push(Fault::new("forwarded_address", description));
        }
        faults
    }
}

impl Section for ConnectionConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            connections_max,
            connections_per_address_max,
            calls_max,
            header_max,
            handshake_max,
            body_max,
            idle_max,
            age_max,
            keepalive_interval,
            keepalive_timeout,
            trusted_proxies: _,
            forwarded_address: _,
        } = self;
        let mut faults = Vec::new();
        let counts = [
            ("connections_max", Some(connections_max)),
            (
                "connections_per_address_max",
                connections_per_address_max.as_ref(),
            ),
            ("calls_max", Some(calls_max)),
        ];
        for (key, count) in counts {
            faults
                .extend(count.and_then(|count| Fault::unless_within(key, count, &(1..=1_000_000))));
        }
        if !(Size::kib(1)..=Size::mib(1)).contains(header_max) {
            let description = format!("is {header_max}; 1 KiB to 1 MiB is allowed");
            faults.push(Fault::new("header_max", description));
        }
        let spans = [
            ("handshake_max", Some(handshake_max)),
            ("body_max", Some(body_max)),
            ("idle_max", Some(idle_max)),
            ("age_max", age_max.as_ref()),
            ("keepalive_interval", Some(keepalive_interval)),
            ("keepalive_timeout", Some(keepalive_timeout)),
        ];
        for (key, span) in spans {
            faults
                .extend(span.and_then(|span| Fault::unless_at_least(key, span, &Span::seconds(1))));
        }
        faults.extend(self.proxy_faults());
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_gets_a_tenth_and_proxies_need_a_way_to_tell() {
        let config = ConnectionConfig::default();
        assert_eq!((config.share(), config.check()), (1000, Vec::new()));
        let wrong = ConnectionConfig {
            trusted_proxies: vec!["10.0.0.0/8".to_owned(), "proxy.example".to_owned()],
            ..config.clone()
        };
        let keys: Vec<String> = wrong.check().into_iter().map(|fault| fault.key).collect();
        assert_eq!(keys, ["trusted_proxies[1]", "forwarded_address"]);
        let alone = ConnectionConfig {
            forwarded_address: Forwarding::ProxyProtocol,
            ..config
        };
        assert_eq!(alone.check().len(), 1);
    }
}
