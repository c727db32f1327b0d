//! Takes events in.

use std::pin::Pin;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument as _;

use super::{convert, intake, status};
use crate::engine::Engine;
use crate::proto::v1::ingest_service_server::IngestService;
use crate::proto::v1::{
    Event, IngestBatchRequest, IngestBatchResponse, IngestRequest, IngestResponse, IngestSummary,
};

/// Batches of one stream that are read ahead of their acknowledgement, so that the writer can
/// flush several at once.
const STREAM_BATCHES_AHEAD: usize = 64;

/// The service.
#[derive(Clone)]
pub(super) struct Ingest {
    engine: Engine,
}

impl Ingest {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine }
    }

    async fn take(&self, events: Vec<Event>) -> Result<IngestSummary, Status> {
        let intake = intake::read(events, self.engine.pseudonyms()).map_err(status::invalid)?;
        let ack = self
            .engine
            .submit(intake.entries)
            .await
            .map_err(|error| status::engine(&error))?;
        Ok(convert::summary(ack, intake.rejections))
    }

    /// Reads batches until the client ends its stream, a batch is at fault, or nobody listens.
    async fn pump(
        self,
        mut batches: Streaming<IngestRequest>,
        answers: mpsc::Sender<tokio::task::JoinHandle<Result<IngestResponse, Status>>>,
    ) {
        loop {
            let IngestRequest {
                batch_number,
                events,
            } = match batches.next().await {
                None => return,
                Some(Ok(batch)) => batch,
                Some(Err(error)) => {
                    let failed = tokio::spawn(async move { Err(error) });
                    let _ = answers.send(failed).await;
                    return;
                }
            };
            // A place among the answers first: it bounds the batches that are under way.
            let Ok(place) = answers.reserve().await else {
                return;
            };
            let intake = match intake::read(events, self.engine.pseudonyms()) {
                Ok(intake) => intake,
                Err(found) => {
                    place.send(tokio::spawn(async move { Err(status::invalid(found)) }));
                    return;
                }
            };
            let pending = self.engine.enqueue(intake.entries).await;
            let answer = async move {
                let ack = match pending {
                    Ok(pending) => pending.wait().await,
                    Err(error) => Err(error),
                };
                let ack = ack.map_err(|error| status::engine(&error))?;
                let summary = Some(convert::summary(ack, intake.rejections));
                Ok(IngestResponse {
                    batch_number,
                    summary,
                })
            };
            place.send(tokio::spawn(answer.in_current_span()));
        }
    }
}

#[tonic::async_trait]
impl IngestService for Ingest {
    type IngestStream = Pin<Box<dyn Stream<Item = Result<IngestResponse, Status>> + Send>>;

    async fn ingest(
        &self,
        request: Request<Streaming<IngestRequest>>,
    ) -> Result<Response<Self::IngestStream>, Status> {
        let (sender, receiver) = mpsc::channel(STREAM_BATCHES_AHEAD);
        let span = tracing::info_span!("ingest");
        tokio::spawn(
            self.clone()
                .pump(request.into_inner(), sender)
                .instrument(span),
        );
        let answers = ReceiverStream::new(receiver).then(async |answer| {
            answer
                .await
                .unwrap_or_else(|_| Err(Status::internal("the batch was dropped")))
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn ingest_batch(
        &self,
        request: Request<IngestBatchRequest>,
    ) -> Result<Response<IngestBatchResponse>, Status> {
        let IngestBatchRequest { events } = request.into_inner();
        let span = tracing::info_span!("ingest_batch", events = events.len());
        let summary = Some(self.take(events).instrument(span).await?);
        Ok(Response::new(IngestBatchResponse { summary }))
    }
}
