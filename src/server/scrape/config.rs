//! Where metrics are served.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::config::Section;

/// Section `[metrics]`. They hold no ids and no texts, and anybody who reaches the port may read
/// them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Address and port of `/metrics`, `/healthz` and `/readyz`, by custom on port 9311; not set:
    /// nowhere. Port 0 takes a free one.
    pub listen: Option<SocketAddr>,
}

impl Section for MetricsConfig {}
