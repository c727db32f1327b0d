//! Where a client finds the service.

use tonic::transport::{Channel, Endpoint};

use super::CliError;

/// The address of a running service.
#[derive(Debug, clap::Args)]
pub(super) struct Server {
    /// Address of the service.
    #[arg(long, default_value = "http://127.0.0.1:7311")]
    server: String,
}

impl Server {
    /// Connects, or says whom it could not reach.
    pub(super) async fn connect(&self) -> Result<Channel, CliError> {
        let endpoint = Endpoint::from_shared(self.server.clone())
            .map_err(|error| format!("--server {}: {error}", self.server))?;
        let channel = endpoint.connect().await.map_err(|error| {
            format!(
                "no service answers at {}: {error}; start one with `goodstanding serve`",
                self.server
            )
        })?;
        Ok(channel)
    }
}
