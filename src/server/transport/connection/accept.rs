//! Accepts connections: gives them places, reads PROXY headers, and runs TLS handshakes.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_stream::Stream;
use tokio_util::either::Either;

use super::{Connection, ConnectionConfig, MaybeTlsStream, Patience, Peer};
use crate::instruments::{Refusal, Transport};
use crate::server::access::{Certificates, Shown};
use crate::server::transport::address::{Network, Proxies};
use crate::server::transport::places::{Place, Places};
use crate::server::transport::proxy;
use crate::server::transport::tls::TlsReloader;

/// Accepted connections that may wait until they are served.
const READY_MAX: usize = 64;
/// Pause after the system refused to accept a connection, for example when it is out of files.
const ACCEPT_RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections on a task of its own, so that slow handshakes delay nobody else. Stops
/// listening when dropped.
pub(in crate::server) struct Incoming {
    ready: mpsc::Receiver<Connection>,
    accepting: AbortHandle,
}

impl Incoming {
    pub(in crate::server) fn new(listener: TcpListener, acceptor: Acceptor) -> Self {
        let (sender, ready) = mpsc::channel(READY_MAX);
        let accepting = tokio::spawn(accept(listener, Arc::new(acceptor), sender)).abort_handle();
        Self { ready, accepting }
    }
}

impl Stream for Incoming {
    type Item = io::Result<Connection>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut()
            .ready
            .poll_recv(context)
            .map(|next| next.map(Ok))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Turns sockets into connections.
pub(in crate::server) struct Acceptor {
    tls: Option<Arc<TlsReloader>>,
    certificates: Arc<Certificates>,
    patience: Patience,
    places: Arc<Places>,
    proxies: Arc<Proxies>,
    metrics: Transport,
}

impl Acceptor {
    pub(in crate::server) fn new(
        config: &ConnectionConfig,
        tls: Option<Arc<TlsReloader>>,
        certificates: Arc<Certificates>,
        proxies: Arc<Proxies>,
        metrics: Transport,
    ) -> Self {
        Self {
            tls,
            certificates,
            patience: Patience {
                preface: config.handshake_max.0,
                idle: config.idle_max.0,
                write: config.keepalive_interval.0 + config.keepalive_timeout.0,
            },
            places: Places::new(config.connections_max, config.share()),
            proxies,
            metrics,
        }
    }

    /// Whether a connection is ready without waiting for a byte of it.
    fn is_ready_at_once(&self, remote: IpAddr) -> bool {
        self.tls.is_none() && !self.proxies.send_header(remote)
    }

    /// Counts a connection for its address, of which only a proxy may have any number.
    fn place(&self, address: IpAddr, all: OwnedSemaphorePermit) -> Option<Place> {
        if self.proxies.trusts(address) {
            return Some(Place::new(all, None));
        }
        let Some(share) = self.places.share(Network::of(Some(address))) else {
            self.metrics.refused(Refusal::ConnectionOfAddress);
            tracing::debug!(%address, "no room for more connections of this address");
            return None;
        };
        Some(Place::new(all, Some(share)))
    }

    fn connection(&self, stream: MaybeTlsStream, peer: Peer, place: Place) -> Connection {
        Connection::new(
            stream,
            self.patience,
            peer,
            place,
            &self.metrics.connections,
        )
    }

    fn plain(
        &self,
        socket: TcpStream,
        address: IpAddr,
        all: OwnedSemaphorePermit,
    ) -> Option<Connection> {
        let place = self.place(address, all)?;
        let peer = Peer {
            address: Some(address),
            ..Peer::default()
        };
        Some(self.connection(Either::Left(socket), peer, place))
    }

    /// Reads what comes before the first request: the PROXY header, and the handshake.
    async fn prepare(
        &self,
        mut socket: TcpStream,
        remote: IpAddr,
        all: OwnedSemaphorePermit,
    ) -> Option<Connection> {
        let mut address = remote;
        if self.proxies.send_header(remote) {
            address = self.forwarded(&mut socket, remote).await?;
        }
        let Some(tls) = &self.tls else {
            return self.plain(socket, address, all);
        };
        let place = self.place(address, all)?;
        // Each handshake takes one whole setup, so it never sees half of a reload.
        let tls = TlsAcceptor::from(tls.current());
        self.handshake(tls, socket, address, place).await
    }

    async fn forwarded(&self, socket: &mut TcpStream, proxy: IpAddr) -> Option<IpAddr> {
        let header = timeout(self.patience.preface, proxy::read_header(socket)).await;
        if let Ok(Ok(address)) = header {
            return Some(address.unwrap_or(proxy));
        }
        self.metrics.refused(Refusal::ProxyHeader);
        tracing::warn!(%proxy, "a connection of a trusted proxy has no PROXY header");
        None
    }

    async fn handshake(
        &self,
        tls: TlsAcceptor,
        socket: TcpStream,
        address: IpAddr,
        place: Place,
    ) -> Option<Connection> {
        let stream = match timeout(self.patience.preface, tls.accept(socket)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                tracing::debug!(%address, %error, "a handshake failed");
                return None;
            }
            Err(_) => {
                tracing::debug!(%address, "a handshake took too long");
                return None;
            }
        };
        let chain = stream.get_ref().1.peer_certificates();
        let caller = chain
            .and_then(|chain| chain.first())
            .and_then(|certificate| self.certificates.caller(certificate));
        let shown = chain.zip(self.tls.as_ref()).map(|(chain, tls)| Shown {
            tls: Arc::clone(tls),
            chain: chain.iter().map(|one| one.clone().into_owned()).collect(),
        });
        let peer = Peer {
            address: Some(address),
            caller,
            shown,
            connection: 0,
        };
        Some(self.connection(Either::Right(Box::new(stream)), peer, place))
    }
}

/// Whether an error is that of one connection, so that the next one may be accepted at once.
pub(in crate::server) fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

async fn accept(listener: TcpListener, acceptor: Arc<Acceptor>, sender: mpsc::Sender<Connection>) {
    let mut preparing = JoinSet::new();
    let mut is_full = false;
    loop {
        // Frees the handshakes that have ended.
        while preparing.try_join_next().is_some() {}
        let (socket, remote) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                acceptor.metrics.refused(Refusal::Accept);
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_RETRY_PAUSE).await;
                continue;
            }
        };
        let Some(all) = acceptor.places.enter() else {
            acceptor.metrics.refused(Refusal::Connection);
            if !is_full {
                tracing::warn!("no room for more connections: they are closed");
            }
            is_full = true;
            continue;
        };
        is_full = false;
        // Nagle's algorithm would hold an answer of several frames until the client's delayed
        // acknowledgement, some 40 ms.
        let _ = socket.set_nodelay(true);
        let remote = remote.ip();
        if acceptor.is_ready_at_once(remote) {
            if let Some(connection) = acceptor.plain(socket, remote, all)
                && sender.send(connection).await.is_err()
            {
                return;
            }
        } else {
            let (acceptor, sender) = (Arc::clone(&acceptor), sender.clone());
            preparing.spawn(async move {
                if let Some(connection) = acceptor.prepare(socket, remote, all).await {
                    // Fails only when the service ends.
                    let _ = sender.send(connection).await;
                }
            });
        }
    }
}
