//! Serves metrics and probes on a separate port.
//!
//! It serves plain HTTP/1.1, and HTTP/2 for gRPC's health service. Native gRPC probes of
//! orchestrators do not use TLS, which the port of the service may require.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tonic::body::Body;
use tonic_health::pb::health_server::HealthServer;
use tower::Service as _;

use super::Exposition;
use super::health::Ready;

/// Concurrent connections; further ones wait.
const CONNECTIONS_MAX: usize = 16;
/// Timeout of a request head.
const HEADER_MAX: Duration = Duration::from_secs(5);
/// Longest life of a connection.
const CONNECTION_MAX: Duration = Duration::from_secs(60);

/// Concurrent calls on one connection.
const STREAMS_MAX: u32 = 8;
/// Longest health request, in bytes.
const QUESTION_BYTES_MAX: usize = 1024;
const HEALTH: &str = "/grpc.health.v1.Health/";

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// Serves `/metrics`, `/healthz` (the process answers), `/readyz` (the engine is open and takes
/// events) and `grpc.health.v1.Health/Check` (the same) until it is dropped.
pub async fn serve(listener: TcpListener, exposition: Arc<Exposition>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let (stream, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection for metrics could not be taken");
                // Most likely the process has no free file descriptor: try again later.
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let exposition = Arc::clone(&exposition);
        tokio::spawn(async move {
            let _place = place;
            let service = service_fn(move |request| answer(Arc::clone(&exposition), request));
            let mut connections = auto::Builder::new(TokioExecutor::new());
            connections
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_MAX);
            connections.http2().max_concurrent_streams(STREAMS_MAX);
            let connection = connections.serve_connection(TokioIo::new(stream), service);
            // A client that disconnects or stays too long is no error.
            let _ = tokio::time::timeout(CONNECTION_MAX, connection).await;
        });
    }
}

async fn answer(
    exposition: Arc<Exposition>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    if request.uri().path().starts_with(HEALTH) {
        let mut health =
            HealthServer::new(Ready(exposition)).max_decoding_message_size(QUESTION_BYTES_MAX);
        return health.call(request).await;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = text(
            StatusCode::METHOD_NOT_ALLOWED,
            PLAIN,
            "GET only\n".to_owned(),
        );
        let allowed = hyper::header::HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(ALLOW, allowed);
        return Ok(refused);
    }
    Ok(match request.uri().path() {
        "/metrics" => match tokio::task::spawn_blocking(move || exposition.text()).await {
            Ok(Ok(metrics)) => text(StatusCode::OK, OPEN_METRICS, metrics),
            _ => text(
                StatusCode::INTERNAL_SERVER_ERROR,
                PLAIN,
                "metrics could not be read\n".to_owned(),
            ),
        },
        "/healthz" => text(StatusCode::OK, PLAIN, "ok\n".to_owned()),
        "/readyz" if exposition.ready() => text(StatusCode::OK, PLAIN, "ready\n".to_owned()),
        "/readyz" => text(
            StatusCode::SERVICE_UNAVAILABLE,
            PLAIN,
            "not ready: the log is being replayed, or writes are refused\n".to_owned(),
        ),
        _ => text(
            StatusCode::NOT_FOUND,
            PLAIN,
            "/metrics, /healthz, /readyz\n".to_owned(),
        ),
    })
}

fn text(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
