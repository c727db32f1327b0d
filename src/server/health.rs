//! The service's own health: one state that all checks and watches read, and bounds on who asks.
//!
//! Anybody who can connect may ask, so what a caller can hold open is bounded in all and per network.

mod bounds;
mod config;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::server::NamedService as _;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::services::{admin, brand, history, ingest, integrity};
use super::status;
use super::transport::address::Network;
use super::transport::connection::Peer;
use super::transport::places::{Place, Places};
use crate::instruments::{Refusal, Transport};
use crate::proto::v1::admin_service_server::AdminServiceServer;
use crate::proto::v1::brand_service_server::BrandServiceServer;
use crate::proto::v1::history_service_server::HistoryServiceServer;
use crate::proto::v1::ingest_service_server::IngestServiceServer;
use crate::proto::v1::integrity_service_server::IntegrityServiceServer;

pub(super) use bounds::{BoundsLayer, PATHS};
pub use config::HealthConfig;

/// Bytes of the longest question: the name of a service.
pub(super) const QUESTION_BYTES_MAX: usize = 1024;

/// The services whose health is known; all share one, and the empty name is all of them.
const KNOWN: [&str; 6] = [
    "",
    <IngestServiceServer<ingest::Ingest>>::NAME,
    <AdminServiceServer<admin::Admin>>::NAME,
    <IntegrityServiceServer<integrity::Integrity>>::NAME,
    <HistoryServiceServer<history::History>>::NAME,
    <BrandServiceServer<brand::Brand>>::NAME,
];

/// The life of the service as its health tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Serving,
    NotServing,
    /// Not serving, and watches end, so that they do not hold up the drain.
    Ended,
}

impl Stage {
    fn answer(self) -> HealthCheckResponse {
        let status = match self {
            Self::Serving => ServingStatus::Serving,
            Self::NotServing | Self::Ended => ServingStatus::NotServing,
        };
        HealthCheckResponse {
            status: status.into(),
        }
    }
}

/// Answers the health service from one state.
#[derive(Clone)]
pub(super) struct Reporter {
    stage: watch::Sender<Stage>,
    watches: Arc<Places>,
    metrics: Transport,
}

impl Reporter {
    pub(super) fn new(config: &HealthConfig, metrics: &Transport) -> Self {
        Self {
            stage: watch::Sender::new(Stage::Serving),
            watches: Places::new(config.watches_max, config.watches_per_address_max),
            metrics: metrics.clone(),
        }
    }

    pub(super) fn set(&self, stage: Stage) {
        self.stage.send_replace(stage);
    }

    pub(super) fn service(&self) -> HealthServer<Self> {
        HealthServer::new(self.clone()).max_decoding_message_size(QUESTION_BYTES_MAX)
    }
}

fn known(request: &Request<HealthCheckRequest>) -> Result<(), Status> {
    if KNOWN.contains(&request.get_ref().service.as_str()) {
        return Ok(());
    }
    Err(Status::not_found("no service of this name is served"))
}

#[tonic::async_trait]
impl Health for Reporter {
    type WatchStream = Watch;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        known(&request)?;
        Ok(Response::new(self.stage.borrow().answer()))
    }

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Watch>, Status> {
        known(&request)?;
        let peer = request.extensions().get::<Peer>();
        let network = Network::of(peer.and_then(|peer| peer.address));
        let Some(place) = self.watches.take(network) else {
            self.metrics.refused(Refusal::HealthWatch);
            let message = "too many health watches are open, in all or from this address";
            return Err(status::exhausted(message.to_owned()));
        };
        let stages = WatchStream::new(self.stage.subscribe());
        Ok(Response::new(Watch::new(
            stages,
            place,
            &self.metrics.health_watches,
        )))
    }
}

/// The answers to one watch. Holds its place for as long as it lives.
pub(super) struct Watch {
    answers: Pin<Box<dyn Stream<Item = HealthCheckResponse> + Send>>,
    open: Gauge,
    _place: Place,
}

impl Watch {
    fn new(stages: WatchStream<Stage>, place: Place, open: &Gauge) -> Self {
        open.inc();
        let last = tokio_stream::once(Stage::Ended.answer());
        let until_end = stages.take_while(|stage| *stage != Stage::Ended);
        Self {
            answers: Box::pin(until_end.map(Stage::answer).chain(last)),
            open: open.clone(),
            _place: place,
        }
    }
}

impl Stream for Watch {
    type Item = Result<HealthCheckResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.answers
            .as_mut()
            .poll_next(context)
            .map(|answer| answer.map(Ok))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.open.dec();
    }
}
