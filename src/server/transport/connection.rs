//! A connection: its place, the certificate that it shows, and how long it may be silent.

mod accept;
mod config;

use std::future::Future as _;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;
use tonic::transport::server::Connected;

pub(in crate::server) use accept::{Acceptor, Incoming, is_of_one_connection};
pub use config::ConnectionConfig;

use crate::server::access::{Caller, Shown};
use crate::server::transport::activity::Activity;
use crate::server::transport::places::Place;

/// Length of the HTTP/2 connection preface. Enough to tell HTTP/2 from HTTP/1.1, whose request
/// head has its own timeout.
const HTTP2_PREFACE_LEN: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();

/// The remote end of a connection. Goes with every request.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct Peer {
    pub(in crate::server) address: Option<IpAddr>,
    /// The caller that its client certificate names.
    pub(in crate::server) caller: Option<Caller>,
    /// That certificate.
    pub(in crate::server) shown: Option<Shown>,
    /// Number of the connection, which is the caller where nobody authenticates.
    pub(in crate::server) connection: u64,
}

/// What each request learns of its connection.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct ConnectionInfo {
    pub(super) peer: Peer,
    pub(super) activity: Arc<Activity>,
}

/// Connections since the start.
static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

type MaybeTlsStream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// How long a connection may be silent.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// Until the first bytes have come.
    preface: Duration,
    /// Without a call.
    idle: Duration,
    /// While nothing can be written.
    write: Duration,
}

/// One connection, ready to be served. Holds its place for as long as it lives.
pub(in crate::server) struct Connection {
    stream: MaybeTlsStream,
    patience: Patience,
    /// Runs until the preface has come, so that a silent client does not hold a place.
    preface_timeout: Option<Pin<Box<Sleep>>>,
    /// Bytes read while that timeout runs.
    preface_bytes: usize,
    idle_timeout: Pin<Box<Sleep>>,
    /// Runs while the client takes no bytes.
    write_timeout: Option<Pin<Box<Sleep>>>,
    info: ConnectionInfo,
    open: Gauge,
    _place: Place,
}

impl Connected for Connection {
    type ConnectInfo = ConnectionInfo;

    fn connect_info(&self) -> ConnectionInfo {
        self.info.clone()
    }
}

impl Connection {
    fn new(
        stream: MaybeTlsStream,
        patience: Patience,
        peer: Peer,
        place: Place,
        open: &Gauge,
    ) -> Self {
        open.inc();
        Self {
            stream,
            patience,
            preface_timeout: Some(Box::pin(sleep(patience.preface))),
            preface_bytes: 0,
            idle_timeout: Box::pin(sleep(patience.idle)),
            write_timeout: None,
            info: ConnectionInfo {
                peer: Peer {
                    connection: CONNECTIONS.fetch_add(1, Ordering::Relaxed),
                    ..peer
                },
                activity: Arc::default(),
            },
            open: open.clone(),
            _place: place,
        }
    }

    /// Whether the preface took too long. Counts the bytes that came until it was complete.
    fn is_preface_late(
        &mut self,
        context: &mut Context<'_>,
        read: usize,
        is_pending: bool,
    ) -> bool {
        let Some(timeout) = &mut self.preface_timeout else {
            return false;
        };
        self.preface_bytes += read;
        if self.preface_bytes >= HTTP2_PREFACE_LEN {
            self.preface_timeout = None;
            return false;
        }
        is_pending && timeout.as_mut().poll(context).is_ready()
    }

    /// Whether there was no call for too long.
    fn is_idle(&mut self, context: &mut Context<'_>) -> bool {
        while self.idle_timeout.as_mut().poll(context).is_ready() {
            let left = self.patience.idle.saturating_sub(self.info.activity.idle());
            if left.is_zero() {
                return true;
            }
            self.idle_timeout.as_mut().reset(Instant::now() + left);
        }
        false
    }

    /// Fails a write that waits for too long.
    fn written<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.write_timeout = None;
            return written;
        }
        let patience = self.patience.write;
        let timeout = self
            .write_timeout
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(timeout.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.dec();
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
        let count = buffer.filled().len() - filled_before;
        if this.is_preface_late(context, count, read.is_pending()) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if read.is_pending() && this.is_idle(context) {
            // As if the client had left, which is no error.
            return Poll::Ready(Ok(()));
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
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.written(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, parts);
        this.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(context);
        // Ready without work where nothing waits: that ends no timeout of a write.
        if flushed.is_ready() {
            return flushed;
        }
        this.written(context, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
