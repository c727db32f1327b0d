//! Takes events in.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::engine::Engine;
use crate::metrics::Method;
use crate::proto::v1::ingest_service_server::IngestService;
use crate::proto::v1::{
    Event, IngestBatchRequest, IngestBatchResponse, IngestRequest, IngestResponse, IngestSummary,
};
use crate::server::intake::{self, Intake};
use crate::server::present::convert;
use crate::server::status;
use crate::telemetry::{CallerDecided, Instruments, Sampler, stage};

/// Batches of one stream that are read ahead of their acknowledgement, so that the writer can
/// flush several at once.
const STREAM_BATCHES_AHEAD: usize = 64;

/// Events of one batch that are read on the thread that serves its caller. More of them, and those
/// whom the thread serves, too, would wait for milliseconds.
const READ_HERE: usize = 64;

/// The stream of batches, as requests name it.
const STREAM_PATH: &str = "/goodstanding.v1.IngestService/Ingest";

/// The service.
#[derive(Clone)]
pub(in crate::server) struct Ingest {
    engine: Engine,
}

impl Ingest {
    pub(in crate::server) fn new(engine: Engine) -> Self {
        Self { engine }
    }

    async fn read(&self, events: Vec<Event>) -> Result<Intake, Status> {
        let (engine, span, few) = (
            self.engine.clone(),
            Span::current(),
            events.len() <= READ_HERE,
        );
        let work = move || {
            let metrics = &engine.instruments().metrics.pipeline;
            let known = engine.newest();
            span.in_scope(|| intake::read(events, &known.state, engine.pseudonyms(), metrics))
        };
        let read = if few {
            work()
        } else {
            let read = tokio::task::spawn_blocking(work).await;
            read.map_err(|_| Status::internal("the batch was not read to its end"))?
        };
        read.map_err(status::invalid)
    }

    async fn take(&self, events: Vec<Event>) -> Result<IngestSummary, Status> {
        let intake = self.read(events).await?;
        let ack = self
            .engine
            .submit(intake.entries)
            .await
            .map_err(|error| status::engine(&error))?;
        Ok(convert::summary(ack, intake.rejections.into_vec()))
    }

    /// Reads batches until the client ends its stream, a batch is at fault, or nobody listens.
    async fn pump(
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
            // A place among the answers first: it bounds the batches that are under way.
            let Ok(place) = answers.reserve().await else {
                return;
            };
            let span = traces.begin(batch_number, events.len());
            let intake = match self.read(events).instrument(span.clone()).await {
                Ok(intake) => intake,
                Err(refused) => {
                    place.send(tokio::spawn(async move { Err(refused) }));
                    return;
                }
            };
            let enqueued = self.engine.enqueue(intake.entries);
            let pending = enqueued.instrument(span.clone()).await;
            let answer = async move {
                let ack = match pending {
                    Ok(pending) => pending.wait().await,
                    Err(error) => Err(error),
                };
                let ack = ack.map_err(|error| status::engine(&error))?;
                let summary = Some(convert::summary(ack, intake.rejections.into_vec()));
                Ok(IngestResponse {
                    batch_number,
                    summary,
                })
            };
            place.send(tokio::spawn(answer.instrument(span)));
        }
    }
}

/// Which batches of a stream are traced. A stream may last for days, so its batches are drawn one
/// by one; with a caller that is traced, all are, below its call.
struct BatchTraces {
    stream: Span,
    /// None where the caller has decided, or spans go nowhere.
    drawn: Option<(Arc<Sampler>, Arc<Method>)>,
}

impl BatchTraces {
    fn of<T>(request: &Request<T>, engine: &Engine) -> Self {
        let decided = request.extensions().get::<CallerDecided>().is_some();
        let Instruments { metrics, sampler } = engine.instruments();
        let sampler = sampler.clone().filter(|_| !decided);
        let method = metrics.rpc.method(STREAM_PATH);
        Self {
            stream: Span::current(),
            drawn: sampler.map(|sampler| (sampler, Arc::clone(method))),
        }
    }

    fn begin(&self, batch_number: u64, events: usize) -> Span {
        let span = if let Some((sampler, method)) = &self.drawn {
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
        let traces = BatchTraces::of(&request, &self.engine);
        tokio::spawn(self.clone().pump(request.into_inner(), traces, sender));
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
        let summary = Some(self.take(events).await?);
        Ok(Response::new(IngestBatchResponse { summary }))
    }
}
