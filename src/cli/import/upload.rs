//! Streams batches with several in flight, and matches acknowledgements.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codec::{Codec, EncodeBuf, Encoder, Streaming};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};
use tonic_prost::{ProstCodec, ProstDecoder};

use super::CliError;
use super::batch::{Batch, Batches};
use super::progress::Progress;
use super::rejects::Rejects;
use crate::cli::client::{Link, Session};
use crate::proto::v1::{IngestRequest, IngestResponse, IngestSummary};

/// Batches in flight: as many as the service reads ahead, so that one flush serves several.
const BATCHES_FLYING: usize = 8;
/// Advice after an incomplete import.
pub(super) const GO_ON: &str = "run the same command again: what is known already changes nothing";
const INGEST: &str = "/goodstanding.v1.IngestService/Ingest";

/// Counts of a whole import.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// Events that were new.
    pub(super) accepted: u64,
    /// Events that changed nothing.
    pub(super) unchanged: u64,
}

/// The end of an upload without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// All events were read and acknowledged.
    Complete,
    /// SIGINT or SIGTERM; all sent batches are acknowledged.
    Stopped,
}

/// Sends all batches and waits until each is durable.
pub(super) async fn upload(
    session: &Session,
    mut batches: Batches,
    rejects: &mut Rejects,
    progress: &Progress,
) -> Result<(Totals, Ended), CliError> {
    let mut totals = Totals::default();
    let gone = |status: &Status, totals: &Totals| -> CliError {
        let taken = totals.accepted + totals.unchanged;
        format!(
            "{}. {taken} events are durable there; then {GO_ON}",
            session.explain(status)
        )
        .into()
    };
    let (sender, receiver) = mpsc::channel(BATCHES_FLYING);
    let mut outgoing = Some(sender);
    let opened = open(session.channel(), ReceiverStream::new(receiver)).await;
    let mut answers = opened.map_err(|status| gone(&status, &totals))?;
    let mut flying: VecDeque<Batch> = VecDeque::new();
    let mut stop = Stop::new()?;
    let mut ended = Ended::Complete;
    loop {
        tokio::select! {
            () = stop.come(), if outgoing.is_some() => {
                outgoing = None;
                ended = Ended::Stopped;
            }
            batch = batches.next(), if outgoing.is_some() && flying.len() < BATCHES_FLYING => {
                let Some(batch) = batch? else {
                    outgoing = None;
                    continue;
                };
                for error in &batch.unread {
                    rejects.unread(error, progress)?;
                }
                if batch.request.events.is_empty() {
                    progress.at(batch.position_bytes, totals.accepted + totals.unchanged);
                    continue;
                }
                if let Some(sender) = &outgoing {
                    // The channel has room for all batches in flight. If the stream broke, its
                    // answer has the reason.
                    let _ = sender.send(Arc::clone(&batch.request)).await;
                }
                flying.push_back(batch);
            }
            answer = answers.message(), if !flying.is_empty() => {
                let answer = answer
                    .and_then(|answer| answer.ok_or_else(|| Status::unavailable("it ended the stream")))
                    .map_err(|status| gone(&status, &totals))?;
                let (batch, summary) = acknowledged(&mut flying, answer)?;
                totals.accepted += summary.accepted;
                totals.unchanged += summary.unchanged;
                for rejection in &summary.rejections {
                    rejects.refused(rejection, &batch, batches.files(), progress)?;
                }
                progress.at(batch.position_bytes, totals.accepted + totals.unchanged);
                tracing::debug!(batch = batch.request.batch_number, totals.accepted, "durable");
            }
            else => return Ok((totals, ended)),
        }
    }
}

/// Takes the oldest batch in flight, because acknowledgements come in order.
fn acknowledged(
    flying: &mut VecDeque<Batch>,
    answer: IngestResponse,
) -> Result<(Batch, IngestSummary), CliError> {
    let IngestResponse {
        batch_number,
        summary,
    } = answer;
    match (flying.pop_front(), summary) {
        (Some(batch), Some(summary)) if batch.request.batch_number == batch_number => {
            Ok((batch, summary))
        }
        _ => Err(format!("the service acknowledged batch {batch_number} out of turn").into()),
    }
}

/// Listens for SIGINT and SIGTERM, so that a stopped import prints its position.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn new() -> Result<Self, CliError> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn come(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Opens the stream like the generated client, but for batches that the caller keeps.
async fn open(
    channel: Link,
    batches: impl Stream<Item = Arc<IngestRequest>> + Send + 'static,
) -> Result<Streaming<IngestResponse>, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client
        .ready()
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    let path = PathAndQuery::from_static(INGEST);
    let response = client.streaming(Request::new(batches), path, KeptCodec);
    Ok(response.await?.into_inner())
}

/// Encodes shared batches. Only the few batches with rejections are needed again, so none is
/// copied.
struct KeptCodec;

impl Codec for KeptCodec {
    type Encode = Arc<IngestRequest>;
    type Decode = IngestResponse;
    type Encoder = KeptEncoder;
    type Decoder = ProstDecoder<IngestResponse>;

    fn encoder(&mut self) -> Self::Encoder {
        KeptEncoder
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<IngestRequest, IngestResponse>::default().decoder()
    }
}

struct KeptEncoder;

impl Encoder for KeptEncoder {
    type Item = Arc<IngestRequest>;
    type Error = Status;

    fn encode(&mut self, batch: Self::Item, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        prost::Message::encode(batch.as_ref(), buffer)
            .map_err(|error| Status::internal(error.to_string()))
    }
}
