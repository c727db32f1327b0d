//! The gRPC server: its services, limits, health, reflection and shutdown.

pub mod access;
mod admission;
mod config;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod health;
mod intake;
mod page;
mod present;
pub mod scrape;
mod service;
mod services;
mod status;
mod transport;
mod wire;

pub use access::AuthConfig;
pub use config::ServerConfig;
pub use health::HealthConfig;
pub use page::KeyError;
pub use service::Service;
pub use transport::address::Forwarding;
pub use transport::connection::ConnectionConfig;
pub use transport::files::{FilesError, raise_open_files};
pub use transport::limits::LimitsConfig;
pub use transport::rate::{Rate, RateConfig};
pub use transport::security::{Security, SecurityError, check_together};
pub use transport::tls::TlsConfig;
pub use transport::web::WebConfig;

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::codec::CompressionEncoding;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_web::GrpcWebLayer;
use tower::util::option_layer;

use self::access::GateLayer;
use self::admission::{Admission, AdmissionLayer, Work};
use self::health::{BoundsLayer, Reporter, Stage};
use self::services::{admin, brand, history, ingest, integrity};
use self::transport::body::BodyDeadlineLayer;
use self::wire::services::admin_service_server::AdminServiceServer;
use self::wire::services::brand_service_server::BrandServiceServer;
use self::wire::services::history_service_server::HistoryServiceServer;
use self::wire::services::ingest_service_server::IngestServiceServer;
use self::wire::services::integrity_service_server::IntegrityServiceServer;
use crate::codec::parse_subject;
use crate::domain::{Subject, Time};
use crate::engine::{EngineError, ScoredSnapshot, Snapshots};
use crate::integrity::dividend::RatingConfig;
use crate::privacy::Pseudonyms;
use crate::proto::DESCRIPTORS;
use crate::telemetry::{ObserveCalls, stage};
use crate::threads::cancel::Cancel;

/// Most events of one batch.
pub const BATCH_EVENTS_MAX: usize = 10_000;
/// Most reviews of one request for screening.
pub(crate) const SCREENED_MAX: usize = 1000;
/// Bytes of the largest encoded message.
pub const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Time that running calls get after the shutdown began.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// Why the server cannot start, or ended early.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The transport failed.
    #[error("the transport failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The reflection service refuses the descriptors: a fault of the build.
    #[error("reflection cannot start: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// There is no key for page tokens.
    #[error("page tokens have no key: {0}")]
    Tokens(#[from] KeyError),
    /// The engine could not open.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Options of a server.
#[derive(Clone, Debug, Default)]
pub struct ServeOptions {
    /// Limits on work in flight.
    pub limits: LimitsConfig,
    /// Bounds of the health service.
    pub health: HealthConfig,
    /// Directory of backups; none refuses them.
    pub backups: Option<PathBuf>,
    /// How platforms make ratings.
    pub rating: RatingConfig,
}

/// Builds the transport, also for the empty server of benchmarks.
pub fn transport(connections: &ConnectionConfig, limits: &LimitsConfig) -> Server {
    let window = limits.stream_window_bytes();
    let header_max = u32::try_from(connections.header_max.as_u64()).unwrap_or(u32::MAX);
    let server = Server::builder()
        .max_concurrent_streams(connections.calls_max)
        .concurrency_limit_per_connection(connections.calls_max as usize)
        .http2_max_header_list_size(header_max)
        .http2_keepalive_interval(Some(connections.keepalive_interval.0))
        .http2_keepalive_timeout(Some(connections.keepalive_timeout.0))
        .initial_stream_window_size(window)
        .initial_connection_window_size(4 * window);
    match connections.age_max {
        Some(age) => server.max_connection_age(age.0),
        None => server,
    }
}

/// Accepts the connections of the empty server. Nagle's algorithm would hold an answer of several
/// frames until the client's delayed acknowledgement, some 40 ms.
pub fn incoming(listener: TcpListener) -> TcpIncoming {
    TcpIncoming::from(listener).with_nodelay(Some(true))
}

/// Bounds the messages of a service, and compresses them where the client asks for it.
macro_rules! within_limits {
    ($service:expr) => {
        $service
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
    };
}

/// Serves on a listener until `shutdown` completes, then lets running calls end.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    security: Security,
    options: ServeOptions,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let ServeOptions {
        limits,
        health: health_config,
        backups,
        rating,
    } = options;
    let metrics = service.instruments.metrics.clone();
    let health = Reporter::new(&health_config, &metrics.transport);
    let health_service = health.service();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .build_v1()?;
    let ingest = within_limits!(IngestServiceServer::new(ingest::Ingest::new(&service)));
    let admin = within_limits!(AdminServiceServer::new(admin::Admin::new(
        &service, backups
    )));
    let integrity = integrity::Integrity::new(&service, rating);
    let integrity = within_limits!(IntegrityServiceServer::new(integrity));
    let history = within_limits!(HistoryServiceServer::new(history::History::new(&service)));
    let brand = within_limits!(BrandServiceServer::new(brand::Brand::new(&service)));
    let admission = Admission::new(
        &limits,
        security.connections.body_max.0,
        (
            service.engine.snapshots.clone(),
            service.instruments.metrics.refusals.clone(),
        ),
    );
    let (begin, begun) = oneshot::channel::<()>();
    let deadline = async move {
        // The sender lives as long as the server does.
        let _ = begun.await;
        tokio::time::sleep(DRAIN_MAX).await;
    };
    let ending = async move {
        let mut shutdown = pin!(shutdown);
        let panicked = async {
            service.engine.poison.panicked().await;
            // Load balancers turn away at once; calls are answered until the end is asked for.
            health.set(Stage::NotServing);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = &mut shutdown => {}
            () = panicked => {}
        }
        let _ = begin.send(());
        // Load balancers look elsewhere, and the streams of clients end.
        health.set(Stage::Ended);
        service.engine.close();
    };
    let mut background = security.keep_fresh();
    background.spawn(Arc::clone(&admission).drop_unread());
    background.spawn(Arc::clone(&admission).keep_memory(metrics.memory.clone()));
    let web = security.web.is_on();
    let body_deadline = BodyDeadlineLayer {
        body_max: security.connections.body_max.0,
        methods: metrics.rpc.clone(),
        metrics: metrics.transport.clone(),
    };
    let observe = ObserveCalls::new(service.instruments.clone());
    // Outermost first. What is off costs a branch.
    let serving = transport(&security.connections, &limits)
        .accept_http1(web)
        .layer(security.arrivals())
        .layer(option_layer(web.then(|| security.web.cors())))
        .layer(option_layer(web.then(GrpcWebLayer::new)))
        .layer(observe)
        .layer(body_deadline)
        .layer(BoundsLayer::new(&health_config, &metrics.transport))
        // Outside of the load shedding: callers that wait for the key set must not use it up.
        .layer(option_layer(security.guard.clone().map(GateLayer)))
        .layer(AdmissionLayer(admission))
        .add_service(health_service)
        .add_service(reflection)
        .add_service(ingest)
        .add_service(integrity)
        .add_service(history)
        .add_service(brand)
        .add_service(admin)
        .serve_with_incoming_shutdown(security.incoming(listener, &metrics.transport), ending);
    tokio::select! {
        served = serving => served?,
        () = deadline => tracing::warn!("clients were still connected at the end of the drain"),
    }
    Ok(())
}

/// Runs slow work on a blocking thread, so that it delays no other call. It waits for a turn.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, tonic::Status> {
    blocking_as(Some(Work::Query), work).await
}

/// As [`blocking`], with a turn at another kind of work, or without one.
async fn blocking_as<T: Send + 'static>(
    kind: Option<Work>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, tonic::Status> {
    let turn = match kind {
        Some(kind) => admission::turn(kind).await?,
        None => None,
    };
    let query = stage!(&tracing::Span::current(), "query");
    // The turn goes with the work, whose caller may be gone before.
    let work = move || (query.in_scope(work), turn);
    let done = tokio::task::spawn_blocking(work).await;
    let (done, turn) = done.map_err(|_| tonic::Status::internal("the query did not end well"))?;
    admission::keep(turn);
    Ok(done)
}

/// Runs slow work as [`blocking_as`] does, and cancels it when the call is dropped: its caller is gone or
/// its deadline has passed.
async fn cancellable<T: Send + 'static>(
    kind: Option<Work>,
    work: impl FnOnce(&Cancel) -> Result<T, tonic::Status> + Send + 'static,
) -> Result<T, tonic::Status> {
    let cancel = Cancel::default();
    let gone = cancel.on_drop();
    let done = blocking_as(kind, move || work(&cancel)).await;
    gone.ended();
    done?
}

/// Parses the subject of a request, pseudonymised as in the store.
fn subject(
    pseudonyms: &Pseudonyms,
    message: Option<crate::proto::v1::Subject>,
) -> Result<Subject, tonic::Status> {
    let mut message = message;
    if let Some(subject) = &mut message {
        pseudonyms.hide_subject(subject);
    }
    parse_subject(message).map_err(status::invalid)
}

/// Returns the snapshot as of a past day.
fn past(
    snapshots: &Snapshots,
    as_of: Time,
    cancel: &Cancel,
) -> Result<ScoredSnapshot, tonic::Status> {
    snapshots
        .as_of(as_of.day(), cancel)
        .map_err(|error| status::engine(&error))
}
