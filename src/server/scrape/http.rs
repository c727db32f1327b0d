//! Serves metrics and probes on ports of their own.
//!
//! They serve plain HTTP/1.1, and HTTP/2 for gRPC's health service. Native gRPC probes of
//! orchestrators do not use TLS, which the port of the service may require.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tonic::body::Body;
use tonic_health::pb::health_server::HealthServer;
use tower::Service as _;

use super::Exposition;
use super::health::Ready;
use super::room::{Room, Seat};
use crate::instruments::{Refusal, Transport};
use crate::server::health::{PATHS, QUESTION_BYTES_MAX};
use crate::server::transport::address::Network;
use crate::server::transport::connection::is_of_one_connection;

/// Concurrent connections to one port, in all and from one network. A full port closes the one that
/// rested longest.
const CONNECTIONS_MAX: usize = 64;
const CONNECTIONS_PER_NETWORK_MAX: usize = 16;
/// Time without a request after which a connection is closed. Probes mostly make one each time.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// Timeout of a request head.
const HEADER_MAX: Duration = Duration::from_secs(5);
/// Time limit of an answer, the body of the question included.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Longest life of a connection.
const CONNECTION_MAX: Duration = Duration::from_secs(60);
/// Scrapes under way; each encodes all metrics and reads the store's directory.
const SCRAPES_MAX: usize = 2;
/// Concurrent calls on one connection.
const STREAMS_MAX: u32 = 8;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// What a port serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// Metrics and probes.
    All,
    /// Probes only.
    Probes,
}

/// A port of metrics or probes.
pub struct Port {
    exposition: Arc<Exposition>,
    served: Served,
    scrapes: Semaphore,
    metrics: Transport,
}

impl Port {
    /// Makes a port, not yet bound to an address.
    pub fn new(exposition: Arc<Exposition>, served: Served, metrics: Transport) -> Self {
        Self {
            exposition,
            served,
            scrapes: Semaphore::new(SCRAPES_MAX),
            metrics,
        }
    }
}

/// Serves `/healthz` (the process answers), `/readyz` (the engine is open and takes events),
/// `grpc.health.v1.Health/Check` (the same) and, unless the port is only for probes, `/metrics`, until
/// it is dropped.
pub async fn serve(listener: TcpListener, port: Port) {
    let port = Arc::new(port);
    let room = Room::new(CONNECTIONS_MAX, CONNECTIONS_PER_NETWORK_MAX);
    loop {
        let (stream, remote) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                port.metrics.refused(Refusal::Accept);
                tracing::warn!(%error, "a connection for metrics or probes could not be taken");
                // Most likely the process has no free file descriptor: try again later.
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let Some(seat) = enter(&room, remote.ip()) else {
            port.metrics.refused(Refusal::ProbeConnection);
            continue;
        };
        tokio::spawn(converse(stream, seat, Arc::clone(&port)));
    }
}

fn enter(room: &Arc<Room>, address: IpAddr) -> Option<Arc<Seat>> {
    room.enter(Network::of(Some(address)))
}

/// Serves one connection until it ends, rests for too long, or has to make room.
async fn converse(stream: TcpStream, seat: Arc<Seat>, port: Arc<Port>) {
    let asked = Arc::clone(&seat);
    let service = service_fn(move |request| {
        let busy = asked.busy();
        let port = Arc::clone(&port);
        async move {
            let _busy = busy;
            let answered = tokio::time::timeout(ANSWER_MAX, answer(&port, request)).await;
            answered.unwrap_or_else(|_| Ok(plain(StatusCode::REQUEST_TIMEOUT, "too late\n")))
        }
    });
    let mut connections = auto::Builder::new(TokioExecutor::new());
    connections
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_MAX);
    connections.http2().max_concurrent_streams(STREAMS_MAX);
    let connection = connections.serve_connection(TokioIo::new(stream), service);
    // A client that disconnects or stays too long is no error.
    tokio::select! {
        _ = connection => {}
        () = seat.turned_out() => {}
        () = rested(&seat) => {}
        () = tokio::time::sleep(CONNECTION_MAX) => {}
    }
}

/// Completes when a connection had no request for too long.
async fn rested(seat: &Seat) {
    loop {
        let since = seat.resting_since().unwrap_or_else(Instant::now);
        let left = IDLE_MAX.saturating_sub(since.elapsed());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left).await;
    }
}

async fn answer(port: &Port, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    if request.uri().path().starts_with(PATHS) {
        let ready = Ready(Arc::clone(&port.exposition));
        let mut health = HealthServer::new(ready).max_decoding_message_size(QUESTION_BYTES_MAX);
        return health.call(request).await;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "GET only\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(ALLOW, allowed);
        return Ok(refused);
    }
    Ok(match request.uri().path() {
        "/metrics" if port.served == Served::All => scrape(port).await,
        "/healthz" => plain(StatusCode::OK, "ok\n"),
        "/readyz" if port.exposition.ready() => plain(StatusCode::OK, "ready\n"),
        "/readyz" => plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "not ready: the log is being replayed, or writes are refused\n",
        ),
        _ if port.served == Served::All => {
            plain(StatusCode::NOT_FOUND, "/metrics, /healthz, /readyz\n")
        }
        _ => plain(StatusCode::NOT_FOUND, "/healthz, /readyz\n"),
    })
}

/// Answers a scrape, unless others are under way: they must not take the threads of other work.
async fn scrape(port: &Port) -> Response<Body> {
    let Ok(_place) = port.scrapes.try_acquire() else {
        port.metrics.refused(Refusal::Scrape);
        let mut refused = plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "other scrapes are under way\n",
        );
        let headers = refused.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        return refused;
    };
    let exposition = Arc::clone(&port.exposition);
    match tokio::task::spawn_blocking(move || exposition.text()).await {
        Ok(Ok(metrics)) => text(StatusCode::OK, OPEN_METRICS, metrics),
        _ => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "metrics could not be read\n",
        ),
    }
}

fn plain(status: StatusCode, body: &str) -> Response<Body> {
    text(status, PLAIN, body.to_owned())
}

fn text(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
