//! Accepts connections: counts them, runs TLS handshakes, and learns whose certificate is shown.

use std::future::Future as _;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::Stream;
use tokio_util::either::Either;
use tonic::transport::server::Connected;

use crate::config::{Fault, Section, Size, Span};
use crate::server::access::{Caller, Certificates};
use crate::server::transport::tls::TlsReloader;

/// Accepted connections that may wait until they are served.
const READY_MAX: usize = 64;
/// Pause after the system refused to accept a connection, for example when it is out of files.
const ACCEPT_RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Length of the HTTP/2 connection preface. Enough to tell HTTP/2 from HTTP/1.1, whose request
/// head has its own timeout.
const HTTP2_PREFACE_LEN: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();

/// Section `[connections]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionConfig {
    /// Connections at a time; further ones are closed at once.
    pub connections_max: u32,
    /// Calls at a time on one connection; further ones wait at the client.
    pub calls_max: u32,
    /// Most bytes of a request's headers.
    pub header_max: Size,
    /// Time limit of a TLS handshake, and again of the first 24 bytes after it.
    pub handshake_max: Span,
    /// Age at which a client is asked to reconnect; not set: never. Bounds how long a client's
    /// certificate is trusted after its authority was removed.
    pub age_max: Option<Span>,
    /// Silence after which a connection is pinged.
    pub keepalive_interval: Span,
    /// Time limit of the answer to a ping; the connection is closed after it.
    pub keepalive_timeout: Span,
}

impl Default for ConnectionConfig {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            calls_max: 256,
            header_max: Size::kib(16),
            handshake_max: Span::seconds(10),
            age_max: None,
            keepalive_interval: Span::seconds(30),
            keepalive_timeout: Span::seconds(10),
        }
    }
}

impl Section for ConnectionConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            connections_max,
            calls_max,
            header_max,
            handshake_max,
            age_max,
            keepalive_interval,
            keepalive_timeout,
        } = self;
        let mut faults = Vec::new();
        for (key, count) in [
            ("connections_max", connections_max),
            ("calls_max", calls_max),
        ] {
            faults.extend(Fault::unless_within(key, count, &(1..=1_000_000)));
        }
        if !(Size::kib(1)..=Size::mib(1)).contains(header_max) {
            let description = format!("is {header_max}; 1 KiB to 1 MiB is allowed");
            faults.push(Fault::new("header_max", description));
        }
        let spans = [
            ("handshake_max", Some(handshake_max)),
            ("age_max", age_max.as_ref()),
            ("keepalive_interval", Some(keepalive_interval)),
            ("keepalive_timeout", Some(keepalive_timeout)),
        ];
        for (key, span) in spans {
            faults
                .extend(span.and_then(|span| Fault::unless_at_least(key, span, &Span::seconds(1))));
        }
        faults
    }
}

/// The remote end of a connection. Goes with every request.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct Peer {
    pub(in crate::server) address: Option<IpAddr>,
    /// The caller that its client certificate names.
    pub(in crate::server) caller: Option<Caller>,
}

type MaybeTlsStream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// One connection, ready to be served. Holds its permit for as long as it lives.
pub(in crate::server) struct Connection {
    stream: MaybeTlsStream,
    /// Runs until the preface has come, so that a silent client does not hold a permit.
    preface_timeout: Option<Pin<Box<Sleep>>>,
    /// Bytes read while the timeout runs.
    preface_bytes: usize,
    peer: Peer,
    _permit: OwnedSemaphorePermit,
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl Connection {
    fn stream(self: Pin<&mut Self>) -> Pin<&mut MaybeTlsStream> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let filled_before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if let Some(timeout) = &mut this.preface_timeout {
            this.preface_bytes += buffer.filled().len() - filled_before;
            if this.preface_bytes >= HTTP2_PREFACE_LEN {
                this.preface_timeout = None;
            } else if read.is_pending() && timeout.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }
}

/// Accepts connections on a task of its own, so that slow handshakes delay nobody else. Stops
/// listening when dropped.
pub(in crate::server) struct Incoming {
    ready: mpsc::Receiver<Connection>,
    accepting: AbortHandle,
}

impl Incoming {
    pub(in crate::server) fn new(
        listener: TcpListener,
        acceptor: Acceptor,
        connections_max: u32,
    ) -> Self {
        let (sender, ready) = mpsc::channel(READY_MAX);
        let permits = Arc::new(Semaphore::new(connections_max as usize));
        let accepting = tokio::spawn(accept(listener, acceptor, permits, sender)).abort_handle();
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
#[derive(Clone)]
pub(in crate::server) struct Acceptor {
    pub(in crate::server) tls: Option<Arc<TlsReloader>>,
    pub(in crate::server) certificates: Arc<Certificates>,
    pub(in crate::server) handshake_max: Duration,
}

impl Acceptor {
    fn connection(
        &self,
        stream: MaybeTlsStream,
        peer: Peer,
        permit: OwnedSemaphorePermit,
    ) -> Connection {
        Connection {
            stream,
            preface_timeout: Some(Box::pin(sleep(self.handshake_max))),
            preface_bytes: 0,
            peer,
            _permit: permit,
        }
    }

    async fn handshake(
        &self,
        tls: TlsAcceptor,
        socket: TcpStream,
        address: IpAddr,
        permit: OwnedSemaphorePermit,
    ) -> Option<Connection> {
        let stream = match timeout(self.handshake_max, tls.accept(socket)).await {
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
        let peer = Peer {
            address: Some(address),
            caller,
        };
        Some(self.connection(Either::Right(Box::new(stream)), peer, permit))
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: Acceptor,
    permits: Arc<Semaphore>,
    sender: mpsc::Sender<Connection>,
) {
    let mut handshakes = JoinSet::new();
    let mut is_full = false;
    loop {
        // Frees the handshakes that have ended.
        while handshakes.try_join_next().is_some() {}
        let (socket, remote) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_RETRY_PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
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
        let address = remote.ip();
        match &acceptor.tls {
            None => {
                let peer = Peer {
                    address: Some(address),
                    caller: None,
                };
                let connection = acceptor.connection(Either::Left(socket), peer, permit);
                if sender.send(connection).await.is_err() {
                    return;
                }
            }
            Some(tls) => {
                // Each handshake takes one whole setup, so it never sees half of a reload.
                let tls = TlsAcceptor::from(tls.current());
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                handshakes.spawn(async move {
                    let accepted = acceptor.handshake(tls, socket, address, permit).await;
                    if let Some(connection) = accepted {
                        // Fails only when the service ends.
                        let _ = sender.send(connection).await;
                    }
                });
            }
        }
    }
}
