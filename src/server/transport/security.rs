//! Builds what guards the handlers from the network: TLS, authentication, limits, browsers.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::config::Fault;
use crate::instruments::Transport;
use crate::server::access::{AuthConfig, Certificates, Guard, SetupError};
use crate::server::config::ServerConfig;
use crate::server::transport::activity::ArrivalLayer;
use crate::server::transport::address::Proxies;
use crate::server::transport::connection::{Acceptor, ConnectionConfig, Incoming};
use crate::server::transport::rate::RateConfig;
use crate::server::transport::tls::{TlsConfig, TlsError, TlsReloader};
use crate::server::transport::web::WebConfig;

/// Why the service cannot be secured as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum SecurityError {
    /// The certificates or keys cannot be used.
    #[error("tls: {0}")]
    Tls(#[from] TlsError),
    /// Authentication cannot be set up.
    #[error(transparent)]
    Access(#[from] SetupError),
}

/// TLS, authentication, rate limits and browsers. The default has none of them, for loopback.
pub struct Security {
    pub(in crate::server) guard: Option<Arc<Guard>>,
    tls: Option<Arc<TlsReloader>>,
    certificates: Arc<Certificates>,
    proxies: Arc<Proxies>,
    pub(in crate::server) connections: ConnectionConfig,
    pub(in crate::server) web: WebConfig,
}

impl Default for Security {
    fn default() -> Self {
        Self {
            guard: None,
            tls: None,
            certificates: Arc::new(Certificates::new(&[])),
            proxies: Arc::default(),
            connections: ConnectionConfig::default(),
            web: WebConfig::default(),
        }
    }
}

impl Security {
    /// Reads keys and certificates and sets all of it up.
    pub async fn open(
        tls: &TlsConfig,
        auth: &AuthConfig,
        rate: &RateConfig,
        connections: &ConnectionConfig,
        web: &WebConfig,
    ) -> Result<Self, SecurityError> {
        Ok(Self {
            guard: Guard::open(auth, rate).await?,
            tls: TlsReloader::open(tls, web.is_on())?,
            certificates: Arc::new(Certificates::new(&auth.clients)),
            proxies: Arc::new(connections.proxies()),
            connections: connections.clone(),
            web: web.clone(),
        })
    }

    /// Describes it in a few words, for the log.
    pub fn summary(&self) -> String {
        let on = |is_on: bool| if is_on { "on" } else { "off" };
        let (tls, guard) = (self.tls.is_some(), self.guard.is_some());
        format!("TLS {}, authentication {}", on(tls), on(guard))
    }

    /// Accepts connections of a listener.
    pub(in crate::server) fn incoming(
        &self,
        listener: TcpListener,
        metrics: &Transport,
    ) -> Incoming {
        let acceptor = Acceptor::new(
            &self.connections,
            self.tls.clone(),
            Arc::clone(&self.certificates),
            Arc::clone(&self.proxies),
            metrics.clone(),
        );
        Incoming::new(listener, acceptor)
    }

    /// Tells each request whose it is.
    pub(in crate::server) fn arrivals(&self) -> ArrivalLayer {
        ArrivalLayer(Arc::clone(&self.proxies))
    }

    /// Renews keys and certificates until it is dropped.
    pub(in crate::server) fn keep_fresh(&self) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        if let Some(guard) = &self.guard {
            tasks.spawn(Arc::clone(guard).keep_fresh());
        }
        if let Some(tls) = &self.tls {
            tasks.spawn(Arc::clone(tls).keep_fresh());
        }
        tasks
    }
}

/// Checks sections against each other; each of them may be right alone.
pub fn check_together(server: &ServerConfig, tls: &TlsConfig, auth: &AuthConfig) -> Vec<Fault> {
    let mut faults = Vec::new();
    let exposed = !server.listen.ip().is_loopback() && !server.insecure;
    if exposed && !(tls.is_on() && auth.is_on()) {
        let missing = match (tls.is_on(), auth.is_on()) {
            (false, false) => "there is neither TLS nor authentication",
            (true, _) => "there is no authentication",
            (false, true) => "there is no TLS",
        };
        let description = format!(
            "{} is not loopback, and {missing}: set up [tls] and [auth], or say --insecure to \
             serve anyway",
            server.listen
        );
        faults.push(Fault::new("server.listen", description));
    }
    if !auth.clients.is_empty() && tls.client_ca.is_none() {
        let description = "names clients, but tls.client_ca, which would verify them, is not set";
        faults.push(Fault::new("auth.clients", description));
    }
    if tls.client_ca.is_some() && auth.clients.is_empty() && auth.tokens.is_none() {
        let description = "is set, but auth.clients says of nobody what it may do";
        faults.push(Fault::new("tls.client_ca", description));
    }
    faults
}
