//! Settings of the metrics port.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::config::Section;

/// Section `[metrics]`. Metrics contain no ids and no texts, but everyone with access to the port
/// can read them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Address and port of `/metrics`, `/healthz` and `/readyz`, commonly port 9311; not set: none.
    /// Port 0 takes a free one. `health.listen` serves the probes apart.
    pub listen: Option<SocketAddr>,
}

impl Section for MetricsConfig {}
