//! Connections: how many, encrypted or not, and whose.

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
use tokio::time::{Sleep, sleep};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::Stream;
use tonic::transport::server::Connected;

use crate::config::{Fault, Section, Size, Span};
use crate::server::access::{Caller, Certificates};
use crate::server::transport::tls::Tls;

/// Ready connections that wait to be served.
const WAITING_MAX: usize = 64;
/// How long to wait after the system refused a connection, as when it is out of files.
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

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
    /// How long a TLS handshake may take, and then until the first 24 bytes have come.
    pub handshake_max: Span,
    /// After how long a connection is asked to end and be made anew; not set: never. Bounds how
    /// long a client's certificate is trusted after its authority is gone.
    pub age_max: Option<Span>,
    /// How often a silent connection is asked whether it still lives.
    pub keepalive_interval: Span,
    /// How long it may take to answer before it is closed.
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
        let mut found = Vec::new();
        for (key, count) in [
            ("connections_max", *connections_max),
            ("calls_max", *calls_max),
        ] {
            if !(1..=1_000_000).contains(&count) {
                let said = format!("is {count}; 1 to 1000000 is allowed");
                found.push(Fault::new(key, said));
            }
        }
        if !(Size::kib(1)..=Size::mib(1)).contains(header_max) {
            let said = format!("is {header_max}; 1 KiB to 1 MiB is allowed");
            found.push(Fault::new("header_max", said));
        }
        let spans = [
            ("handshake_max", Some(*handshake_max)),
            ("age_max", *age_max),
            ("keepalive_interval", Some(*keepalive_interval)),
            ("keepalive_timeout", Some(*keepalive_timeout)),
        ];
        for (key, span) in spans {
            if let Some(span) = span
                && span < Span::seconds(1)
            {
                found.push(Fault::new(key, format!("is {span}; 1s or more is allowed")));
            }
        }
        found
    }
}

/// Bytes by which it is known what somebody speaks: the preface of HTTP/2. Of HTTP/1.1 a whole head is
/// waited for by other means.
const SPOKEN: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();

/// Who is at the other end. Goes with every request of a connection.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct Peer {
    pub(in crate::server) address: Option<IpAddr>,
    /// By its certificate.
    pub(in crate::server) caller: Option<Caller>,
}

/// One connection, ready to be served. Counts as one for as long as it lives.
pub(in crate::server) struct Connection {
    stream: Wire,
    /// Runs until it is known what the other end speaks: whoever says nothing, or next to nothing,
    /// does not keep a place.
    silence: Option<Pin<Box<Sleep>>>,
    /// Bytes that came while it runs.
    heard: usize,
    peer: Peer,
    _place: OwnedSemaphorePermit,
}

enum Wire {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

macro_rules! on_wire {
    ($connection:expr, $stream:ident => $call:expr) => {
        match &mut $connection.stream {
            Wire::Plain(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            Wire::Encrypted(stream) => {
                let $stream = Pin::new(stream.as_mut());
                $call
            }
        }
    };
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = on_wire!(this, stream => stream.poll_read(context, buffer));
        if let Some(silence) = &mut this.silence {
            this.heard += buffer.filled().len() - before;
            if this.heard >= SPOKEN {
                this.silence = None;
            } else if read.is_pending() && silence.as_mut().poll(context).is_ready() {
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
        on_wire!(self.get_mut(), stream => stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        on_wire!(self.get_mut(), stream => stream.poll_write_vectored(context, parts))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Wire::Plain(stream) => stream.is_write_vectored(),
            Wire::Encrypted(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_wire!(self.get_mut(), stream => stream.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_wire!(self.get_mut(), stream => stream.poll_shutdown(context))
    }
}

/// Accepts connections on a task of its own, so that slow handshakes keep nobody waiting. Dropped,
/// it stops listening.
pub(in crate::server) struct Incoming {
    ready: mpsc::Receiver<Connection>,
    accepting: AbortHandle,
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

/// What makes a connection of a socket.
#[derive(Clone)]
pub(in crate::server) struct Door {
    pub(in crate::server) tls: Option<Arc<Tls>>,
    pub(in crate::server) certificates: Arc<Certificates>,
    pub(in crate::server) handshake_max: Duration,
}

impl Incoming {
    pub(in crate::server) fn new(listener: TcpListener, door: Door, connections_max: u32) -> Self {
        let (sender, ready) = mpsc::channel(WAITING_MAX);
        let places = Arc::new(Semaphore::new(connections_max as usize));
        let accepting = tokio::spawn(accept(listener, door, places, sender)).abort_handle();
        Self { ready, accepting }
    }
}

async fn accept(
    listener: TcpListener,
    door: Door,
    places: Arc<Semaphore>,
    sender: mpsc::Sender<Connection>,
) {
    let mut handshakes = JoinSet::new();
    let mut is_full = false;
    loop {
        // Ended handshakes are let go.
        while handshakes.try_join_next().is_some() {}
        let (socket, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(REFUSED_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            if !is_full {
                tracing::warn!("no room for more connections: they are closed");
            }
            is_full = true;
            continue;
        };
        is_full = false;
        // Without it an answer of several frames waits for the client's delayed acknowledgement,
        // some 40 ms.
        let _ = socket.set_nodelay(true);
        let address = from.ip();
        match &door.tls {
            None => {
                let connection = Connection {
                    stream: Wire::Plain(socket),
                    silence: Some(Box::pin(sleep(door.handshake_max))),
                    heard: 0,
                    peer: Peer {
                        address: Some(address),
                        caller: None,
                    },
                    _place: place,
                };
                if sender.send(connection).await.is_err() {
                    return;
                }
            }
            Some(tls) => {
                // The settings of now: a handshake does not see half of an exchange.
                let acceptor = TlsAcceptor::from(tls.current());
                let (door, sender) = (door.clone(), sender.clone());
                handshakes.spawn(async move {
                    let shaken = shake(acceptor, socket, address, place, &door).await;
                    if let Some(connection) = shaken {
                        // Nobody takes it when the service ends.
                        let _ = sender.send(connection).await;
                    }
                });
            }
        }
    }
}

async fn shake(
    acceptor: TlsAcceptor,
    socket: TcpStream,
    address: IpAddr,
    place: OwnedSemaphorePermit,
    door: &Door,
) -> Option<Connection> {
    let shaken = tokio::time::timeout(door.handshake_max, acceptor.accept(socket)).await;
    let stream = match shaken {
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
    let shown = stream.get_ref().1.peer_certificates();
    let caller = shown
        .and_then(|chain| chain.first())
        .and_then(|certificate| door.certificates.caller(certificate));
    Some(Connection {
        stream: Wire::Encrypted(Box::new(stream)),
        silence: Some(Box::pin(sleep(door.handshake_max))),
        heard: 0,
        peer: Peer {
            address: Some(address),
            caller,
        },
        _place: place,
    })
}
