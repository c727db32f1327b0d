//! Serves `IngestService`: parses batches, submits their events, and acknowledges them.

use std::pin::Pin;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::engine::{self, ArrivalClock, Snapshots};
use crate::instruments::Method;
use crate::privacy::Pseudonyms;
use crate::proto::v1::{IngestBatchResponse, IngestResponse, IngestSummary};
use crate::server::Service;
use crate::server::admission::{Charge, Charges};
use crate::server::intake::{self, Intake};
use crate::server::present::convert;
use crate::server::status;
use crate::server::wire::services::ingest_service_server::IngestService;
use crate::server::wire::{Entries, EventBatch, NumberedBatch};
use crate::telemetry::{CallerDecided, Instruments, Sampler, stage};

/// Batches of one stream that may be parsed before the first of them is acknowledged, so that the
/// writer can flush several at once.
const STREAM_BATCHES_AHEAD: usize = 64;

/// Batches up to this size are parsed on the async worker. Larger ones would block its other
/// connections for milliseconds, so they go to a blocking thread.
const INLINE_PARSE_MAX: usize = 64;

/// Memory of the batches of one stream, in KiB: beyond, the next one is not read until answers are
/// taken. More than the largest batch needs.
const STREAM_KIB_AHEAD: usize = 16 * 1024;

/// Memory of an answer that waits, besides rejections.
const ANSWER_BYTES: usize = 1024;

/// The path of the streaming method.
const STREAM_PATH: &str = "/goodstanding.v1.IngestService/Ingest";

/// The service.
#[derive(Clone)]
pub(in crate::server) struct Ingest {
    writer: engine::Ingest,
    snapshots: Snapshots,
    arrivals: ArrivalClock,
    pseudonyms: Pseudonyms,
    instruments: Instruments,
    /// Turns at reading large batches: as many as processors, which others need as well.
    parsers: Arc<Semaphore>,
}

impl Ingest {
    pub(in crate::server) fn new(service: &Service) -> Self {
        Self {
            writer: service.engine.ingest.clone(),
            snapshots: service.engine.snapshots.clone(),
            arrivals: service.engine.arrivals.clone(),
            pseudonyms: service.pseudonyms.clone(),
            instruments: service.instruments.clone(),
            parsers: Arc::new(Semaphore::new(
                available_parallelism().map_or(2, std::num::NonZero::get),
            )),
        }
    }

    async fn parse(&self, events: Entries) -> Result<Intake, Status> {
        let service = self.clone();
        let span = Span::current();
        let is_small = events.len() <= INLINE_PARSE_MAX;
        let parse = move || {
            let metrics = &service.instruments.metrics.pipeline;
            let snapshot = service.snapshots.newest();
            let arrival = service.arrivals.now();
            span.in_scope(|| {
                let state = &snapshot.state;
                intake::parse(&events, state, &service.pseudonyms, arrival, metrics)
            })
        };
        if is_small {
            return parse();
        }
        let _turn = self.parsers.acquire().await;
        tokio::task::spawn_blocking(parse)
            .await
            .map_err(|_| Status::internal("the batch was not read to its end"))?
    }

    async fn submit(&self, events: Entries, mut charge: Charge) -> Result<IngestSummary, Status> {
        charge.grow(intake::weight(&events))?;
        let intake = self.parse(events).await?;
        charge.set(intake.memory());
        let ack = self
            .writer
            .submit(intake.entries)
            .await
            .map_err(|error| status::engine(&error))?;
        Ok(convert::summary(ack, intake.rejections.into_vec()))
    }

    /// Processes batches until the client ends its stream, a batch is refused as a whole, or nobody
    /// takes answers any more.
    async fn process_stream(
        self,
        mut batches: Streaming<NumberedBatch>,
        (traces, charges): (BatchTraces, Charges),
        answers: mpsc::Sender<Answer>,
    ) {
        let ahead = Arc::new(Semaphore::new(STREAM_KIB_AHEAD));
        let gone = answers.clone();
        let process = async {
            while let Some(batch) = batches.next().await {
                // Reserved before parsing, so that the channel bounds the batches in flight.
                let Ok(permit) = answers.reserve().await else {
                    return;
                };
                let begun = match batch {
                    Ok(batch) => {
                        self.begin_batch(batch, &traces, &ahead, charges.next())
                            .await
                    }
                    Err(error) => Err(error),
                };
                let is_last = begun.is_err();
                permit.send(
                    begun.unwrap_or_else(|refused| tokio::spawn(async move { Err(refused) })),
                );
                if is_last {
                    return;
                }
            }
        };
        tokio::select! {
            () = process => {}
            () = gone.closed() => {}
        }
    }

    /// Parses a batch and hands it to the writer; the answer comes later.
    async fn begin_batch(
        &self,
        batch: NumberedBatch,
        traces: &BatchTraces,
        ahead: &Arc<Semaphore>,
        mut charge: Charge,
    ) -> Result<Answer, Status> {
        let NumberedBatch {
            batch_number,
            events,
        } = batch;
        let weight = intake::weight(&events);
        let kib = (weight / 1024).clamp(1, STREAM_KIB_AHEAD) as u32;
        let room = Arc::clone(ahead).acquire_many_owned(kib).await;
        charge.grow(weight)?;
        let span = traces.begin(batch_number, events.len());
        let intake = self.parse(events).instrument(span.clone()).await?;
        charge.set(intake.memory());
        let Intake {
            entries,
            rejections,
        } = intake;
        let pending = self.writer.enqueue(entries).instrument(span.clone()).await;
        let answer = async move {
            let acknowledged = match pending {
                Ok(pending) => pending.wait().await,
                Err(error) => Err(error),
            };
            let ack = acknowledged.map_err(|error| status::engine(&error))?;
            // The events are written; what is left is the answer.
            charge.set(ANSWER_BYTES + rejections.memory());
            let response = IngestResponse {
                batch_number,
                summary: Some(convert::summary(ack, rejections.into_vec())),
            };
            Ok((response, charge, room))
        };
        Ok(tokio::spawn(answer.instrument(span)))
    }
}

/// The answer to a batch, as soon as it is durable. It counts until the client takes it.
type Answer = JoinHandle<Result<(IngestResponse, Charge, Room), Status>>;
type Room = Result<OwnedSemaphorePermit, AcquireError>;

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
        request: Request<Streaming<NumberedBatch>>,
    ) -> Result<Response<Self::IngestStream>, Status> {
        let (sender, receiver) = mpsc::channel(STREAM_BATCHES_AHEAD);
        let traces = BatchTraces::of(&request, &self.instruments);
        let counted = (traces, Charges::of(&request));
        tokio::spawn(
            self.clone()
                .process_stream(request.into_inner(), counted, sender),
        );
        let answers = ReceiverStream::new(receiver).then(async |answer: Answer| {
            let dropped = |_| Err(Status::internal("the batch was dropped"));
            let (response, _, _) = answer.await.unwrap_or_else(dropped)?;
            Ok(response)
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn ingest_batch(
        &self,
        request: Request<EventBatch>,
    ) -> Result<Response<IngestBatchResponse>, Status> {
        let charge = Charges::of(&request).next();
        let EventBatch { events } = request.into_inner();
        Span::current().record("goodstanding.events", events.len());
        let summary = Some(self.submit(events, charge).await?);
        Ok(Response::new(IngestBatchResponse { summary }))
    }
}
