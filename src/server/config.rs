//! Settings of the address that the service listens on.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::config::Section;

/// Section `[server]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Listen on other addresses than loopback without TLS or authentication.
    pub insecure: bool,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7311)),
            insecure: false,
        }
    }
}

impl Section for ServerConfig {}
