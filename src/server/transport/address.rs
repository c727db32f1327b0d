//! The address of a caller: counted by network, and as a trusted proxy forwards it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use rfc7239::{NodeIdentifier, NodeName};
use serde::{Deserialize, Serialize};

/// Addresses that are counted together: an IPv4 address, or the /64 of an IPv6 address, because a
/// host that has one address of it has all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::server) struct Network(Option<IpAddr>);

impl Network {
    pub(in crate::server) fn of(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from(network))
            }
        }))
    }
}

/// How trusted proxies tell the address of their client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forwarding {
    /// They do not.
    #[default]
    None,
    /// By a header before the first byte of the connection, version 1 or 2.
    ProxyProtocol,
    /// By the request header `x-forwarded-for`.
    XForwardedFor,
    /// By the request header `forwarded` (RFC 7239).
    Forwarded,
}

/// Parses a network such as `10.0.0.0/8`, or a single address.
pub(super) fn parse_network(text: &str) -> Option<IpNet> {
    let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(single)
}

/// The proxies whose word is taken, and how they say it.
#[derive(Debug, Default)]
pub(in crate::server) struct Proxies {
    trusted: Vec<IpNet>,
    forwarding: Forwarding,
}

impl Proxies {
    /// Makes it from checked settings; a text that is no network trusts nobody.
    pub(super) fn new(trusted: &[String], forwarding: Forwarding) -> Self {
        Self {
            trusted: trusted
                .iter()
                .filter_map(|text| parse_network(text))
                .collect(),
            forwarding,
        }
    }

    /// Whether an address is that of a trusted proxy.
    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.forwarding != Forwarding::None
            && self
                .trusted
                .iter()
                .any(|network| network.contains(&address))
    }

    /// Whether connections from an address begin with a PROXY header.
    pub(super) fn send_header(&self, address: IpAddr) -> bool {
        self.forwarding == Forwarding::ProxyProtocol && self.trusts(address)
    }

    /// Returns the address of a request's client: that of the nearest hop that is no trusted proxy.
    /// Headers are read only if the connection itself comes from a trusted proxy.
    pub(super) fn client(&self, connected: IpAddr, headers: &HeaderMap) -> IpAddr {
        let hop = match self.forwarding {
            Forwarding::None | Forwarding::ProxyProtocol => return connected,
            Forwarding::XForwardedFor => plain_hop,
            Forwarding::Forwarded => tagged_hop,
        };
        let name = match self.forwarding {
            Forwarding::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            _ => header::FORWARDED,
        };
        let mut client = connected;
        for value in headers.get_all(name).iter().rev() {
            for part in value.to_str().unwrap_or_default().rsplit(',') {
                if !self.trusts(client) {
                    return client;
                }
                // Nothing beyond an unreadable hop can be attributed to a trusted proxy.
                let Some(address) = hop(part.trim()) else {
                    return client;
                };
                client = address;
            }
        }
        client
    }
}

/// Reads a hop of `x-forwarded-for`; some proxies add a port.
fn plain_hop(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok();
    address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

/// Reads a hop of `forwarded`.
fn tagged_hop(text: &str) -> Option<IpAddr> {
    let hop = rfc7239::parse(text).next()?.ok()?;
    match hop.forwarded_for {
        Some(NodeIdentifier {
            name: NodeName::Ip(address),
            ..
        }) => Some(address),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(forwarding: Forwarding, connected: &str, headers: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8".to_owned(), "fd00::1".to_owned()];
        let proxies = Proxies::new(&trusted, forwarding);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a value"));
        }
        let connected = connected.parse().expect("an address");
        proxies.client(connected, &map).to_string()
    }

    #[test]
    fn ipv6_addresses_share_their_network() {
        let network = |text: &str| Network::of(text.parse().ok());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:10.0.0.1"), network("10.0.0.1"));
        assert_ne!(network("10.0.0.2"), network("10.0.0.1"));
    }

    #[test]
    fn nearest_hop_that_is_no_trusted_proxy_is_the_client() {
        let plain = |connected: &str, value: &str| {
            let headers = [("x-forwarded-for", value)];
            client(Forwarding::XForwardedFor, connected, &headers)
        };
        assert_eq!(plain("10.1.1.1", "203.0.113.9"), "203.0.113.9");
        // The client wrote the first two itself.
        let chain = "1.1.1.1, 2.2.2.2, 203.0.113.9, 10.2.2.2";
        assert_eq!(plain("10.1.1.1", chain), "203.0.113.9");
        assert_eq!(plain("::ffff:10.1.1.1", "203.0.113.9:4711"), "203.0.113.9");
        assert_eq!(plain("fd00::1", "[2001:db8::7]:443"), "2001:db8::7");
        // Without a readable hop the proxy itself is the client.
        assert_eq!(plain("10.1.1.1", "1.1.1.1, unknown"), "10.1.1.1");
        assert_eq!(
            client(Forwarding::XForwardedFor, "10.1.1.1", &[]),
            "10.1.1.1"
        );
        let lines = [
            ("x-forwarded-for", "1.1.1.1"),
            ("x-forwarded-for", "2.2.2.2"),
        ];
        assert_eq!(
            client(Forwarding::XForwardedFor, "10.1.1.1", &lines),
            "2.2.2.2"
        );
        let tagged = [(
            "forwarded",
            "for=1.1.1.1, for=\"[2001:db8::7]:1\";proto=https",
        )];
        assert_eq!(
            client(Forwarding::Forwarded, "10.1.1.1", &tagged),
            "2001:db8::7"
        );
    }

    #[test]
    fn headers_of_others_are_not_believed() {
        let headers = [("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=1.1.1.1")];
        for forwarding in [Forwarding::XForwardedFor, Forwarding::Forwarded] {
            assert_eq!(client(forwarding, "203.0.113.9", &headers), "203.0.113.9");
        }
        for forwarding in [Forwarding::None, Forwarding::ProxyProtocol] {
            assert_eq!(client(forwarding, "10.1.1.1", &headers), "10.1.1.1");
        }
    }
}
