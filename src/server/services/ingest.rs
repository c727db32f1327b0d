//! Serves `IngestService`: parses batches, submits their events, and acknowledges them.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::engine::{self, Snapshots};
use crate::instruments::Method;
use crate::privacy::Pseudonyms;
use crate::proto::v1::ingest_service_server::IngestService;
use crate::proto::v1::{
    Event, IngestBatchRequest, IngestBatchResponse, IngestRequest, IngestResponse, IngestSummary,
};
use crate::server::Service;
use crate::server::intake::{self, Intake};
use crate::server::present::convert;
use crate::server::status;
use crate::telemetry::{CallerDecided, Instruments, Sampler, stage};

/// Batches of one stream that may be parsed before the first of them is acknowledged, so that the
/// writer can flush several at once.
const STREAM_BATCHES_AHEAD: usize = 64;

/// Batches up to this size are parsed on the async worker. Larger ones would block its other
/// connections for milliseconds, so they go to a blocking thread.
const INLINE_PARSE_MAX: usize = 64;

/// The path of the streaming method.
const STREAM_PATH: &str = "/goodstanding.v1.IngestService/Ingest";

/// The service.
#[derive(Clone)]
pub(in crate::server) struct Ingest {
    writer: engine::Ingest,
    snapshots: Snapshots,
    pseudonyms: Pseudonyms,
    instruments: Instruments,
}

impl Ingest {
    pub(in crate::server) fn new(service: &Service) -> Self {
        Self {
            writer: service.engine.ingest.clone(),
            snapshots: service.engine.snapshots.clone(),
            pseudonyms: service.pseudonyms.clone(),
            instruments: service.instruments.clone(),
        }
    }

    async fn parse(&self, events: Vec<Event>) -> Result<Intake, Status> {
        let service = self.clone();
        let span = Span::current();
        let is_small = events.len() <= INLINE_PARSE_MAX;
        let parse = move || {
            let metrics = &service.instruments.metrics.pipeline;
            let snapshot = service.snapshots.newest();
            span.in_scope(|| intake::parse(events, &snapshot.state, &service.pseudonyms, metrics))
        };
        if is_small {
            return parse();
        }
        tokio::task::spawn_blocking(parse)
            .await
            .map_err(|_| Status::internal("the batch was not read to its end"))?
    }

    async fn submit(&self, events: Vec<Event>) -> Result<IngestSummary, Status> {
        let intake = self.parse(events).await?;
        let ack = self
            .writer
            .submit(intake.entries)
            .await
            .map_err(|error| status::engine(&error))?;
        Ok(convert::summary(ack, intake.rejections.into_vec()))
    }

    /// Processes batches until the client ends its stream, a batch is refused as a whole, or the
    /// client stops reading answers.
    async fn process_stream(
        self,
        mut batches: Streaming<IngestRequest>,
        traces: BatchTraces,
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
            // Reserved before parsing, so that the channel bounds the batches in flight.
            let Ok(permit) = answers.reserve().await else {
                return;
            };
            let span = traces.begin(batch_number, events.len());
            let intake = match self.parse(events).instrument(span.clone()).await {
                Ok(intake) => intake,
                Err(refused) => {
                    permit.send(tokio::spawn(async move { Err(refused) }));
                    return;
                }
            };
            let pending = self
                .writer
                .enqueue(intake.entries)
                .instrument(span.clone())
                .await;
            let answer = async move {
                let acknowledged = match pending {
                    Ok(pending) => pending.wait().await,
                    Err(error) => Err(error),
                };
                let ack = acknowledged.map_err(|error| status::engine(&error))?;
                Ok(IngestResponse {
                    batch_number,
                    summary: Some(convert::summary(ack, intake.rejections.into_vec())),
                })
            };
            permit.send(tokio::spawn(answer.instrument(span)));
        }
    }
}

/// Selects the batches of a stream that are traced. A stream may last for days, so batches are
/// sampled one by one. If the caller has decided, all batches follow its decision.
struct BatchTraces {
    stream: Span,
    /// None where the caller has decided, or where spans are not exported.
    sampled: Option<(Arc<Sampler>, Arc<Method>)>,
}

impl BatchTraces {
    fn of<T>(request: &Request<T>, instruments: &Instruments) -> Self {
        let is_decided = request.extensions().get::<CallerDecided>().is_some();
        let Instruments { metrics, sampler } = instruments;
        let method = metrics.rpc.method(STREAM_PATH);
        Self {
            stream: Span::current(),
            sampled: sampler
                .clone()
                .filter(|_| !is_decided)
                .map(|sampler| (sampler, Arc::clone(method))),
        }
    }

    fn begin(&self, batch_number: u64, events: usize) -> Span {
        let span = if let Some((sampler, method)) = &self.sampled {
            sampler.root(method)
        } else {
            stage!(
                &self.stream,
                "batch",
                rpc.message.id = Empty,
                goodstanding.events = Empty
            )
        };
        span.record("rpc.message.id", batch_number);
        span.record("goodstanding.events", events);
        span
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
        let traces = BatchTraces::of(&request, &self.instruments);
        tokio::spawn(
            self.clone()
                .process_stream(request.into_inner(), traces, sender),
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
        Span::current().record("goodstanding.events", events.len());
        let summary = Some(self.submit(events).await?);
        Ok(Response::new(IngestBatchResponse { summary }))
    }
}
