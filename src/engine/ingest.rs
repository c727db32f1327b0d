//! Batches and changes of the log on their way to the writer.

use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tracing::Span;

use super::rewrite::Rewrite;
use super::{EngineError, Poison};
use crate::domain::{Event, Time};
use crate::telemetry::stage;

/// Submissions that wait for the writer. Beyond, senders wait, and through HTTP/2 flow control so
/// do their clients.
const QUEUE_LENGTH: usize = 256;
/// Events that wait for the writer, in all submissions: a bound on memory. A submission never needs
/// more than there is.
const QUEUE_EVENTS: usize = 32_768;

/// An accepted event with its encoding for the log.
#[derive(Debug)]
pub struct Entry {
    /// The event as it was read.
    pub event: Event,
    /// Its message, encoded.
    pub encoded: Vec<u8>,
}

/// A durable acknowledgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ack {
    /// Events that were new.
    pub accepted: u64,
    /// Events that changed nothing.
    pub unchanged: u64,
    /// Accepted events in the log so far.
    pub event_count: u64,
    /// Newest event time seen.
    pub watermark: Option<Time>,
}

/// The work of the writer, in order.
pub(super) enum Command {
    /// To take events.
    Batch(Submission),
    /// To change the log.
    Rewrite(Rewrite),
}

/// A batch that waits for the writer.
pub(super) struct Submission {
    pub(super) entries: Vec<Entry>,
    /// Its share of [`QUEUE_EVENTS`], given back when it is dropped.
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) reply: Reply,
    pub(super) arrived: Instant,
    /// Span of the sender; none where it is not traced.
    pub(super) span: Span,
    /// Span below it, from its arrival until the writer takes it.
    pub(super) queued: Span,
}

/// The length of the writer's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Batches.
    pub submissions: usize,
    /// Events in them.
    pub events: usize,
    /// Events that may wait before senders have to.
    pub events_max: usize,
}

/// The channel of a waiting sender.
pub(super) type Reply = oneshot::Sender<Result<Ack, EngineError>>;

/// Sends an acknowledgement. A client that is gone needs none.
pub(super) fn answer(reply: Reply, result: Result<Ack, EngineError>) {
    let _ = reply.send(result);
}

/// A batch on its way to the disk.
pub struct Pending {
    answer: oneshot::Receiver<Result<Ack, EngineError>>,
    poison: Poison,
}

impl Pending {
    /// Waits until the batch is durable.
    pub async fn wait(self) -> Result<Ack, EngineError> {
        match self.answer.await {
            Ok(result) => result,
            Err(_) => Err(self.poison.unanswered().await),
        }
    }
}

/// Hands batches to the writer. Clones are cheap and share one queue.
#[derive(Clone)]
pub struct Ingest {
    /// Emptied on close, so that the writer sees the end of its queue.
    queue: Arc<ArcSwap<Option<mpsc::Sender<Command>>>>,
    permits: Arc<Semaphore>,
    poison: Poison,
}

impl Ingest {
    /// A queue, and its end for the writer.
    pub(super) fn new(poison: Poison) -> (Self, mpsc::Receiver<Command>) {
        let (sender, receiver) = mpsc::channel(QUEUE_LENGTH);
        let ingest = Self {
            queue: Arc::new(ArcSwap::from_pointee(Some(sender))),
            permits: Arc::new(Semaphore::new(QUEUE_EVENTS)),
            poison,
        };
        (ingest, receiver)
    }

    /// Hands a batch to the writer. Waits while the queue is full. The current span is the
    /// sender's.
    pub async fn enqueue(&self, entries: Vec<Entry>) -> Result<Pending, EngineError> {
        let (arrived, span) = (Instant::now(), Span::current());
        let queued = stage!(&span, "queue");
        let events = entries.len().min(QUEUE_EVENTS) as u32;
        let permit = Arc::clone(&self.permits)
            .acquire_many_owned(events)
            .await
            .map_err(|_| EngineError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let submission = Submission {
            entries,
            permit,
            reply,
            arrived,
            span,
            queued,
        };
        self.send(Command::Batch(submission)).await?;
        Ok(Pending {
            answer,
            poison: self.poison.clone(),
        })
    }

    /// Hands a batch to the writer and waits until it is durable.
    pub async fn submit(&self, entries: Vec<Entry>) -> Result<Ack, EngineError> {
        self.enqueue(entries).await?.wait().await
    }

    pub(super) async fn send(&self, command: Command) -> Result<(), EngineError> {
        if let Some(refusal) = self.poison.refusal_of_new() {
            return Err(refusal);
        }
        let queue = self.queue.load().as_ref().clone();
        let sender = queue.ok_or(EngineError::Closed)?;
        match sender.send(command).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.poison.unanswered().await),
        }
    }

    /// The reason why writes are refused or wait, if they do.
    pub fn refusal(&self) -> Option<String> {
        self.poison.refusal_of_new().map(|refusal| match refusal {
            EngineError::Poisoned(reason) | EngineError::Paused(reason) => reason,
            other => other.to_string(),
        })
    }

    /// The length of the queue just now.
    pub fn queue(&self) -> Queue {
        let queue = self.queue.load();
        let submissions = queue
            .as_ref()
            .as_ref()
            .map_or(0, |sender| sender.max_capacity() - sender.capacity());
        Queue {
            submissions,
            events: QUEUE_EVENTS - self.permits.available_permits(),
            events_max: QUEUE_EVENTS,
        }
    }

    /// Takes no more commands; those in the queue are still done.
    pub(super) fn close(&self) {
        self.queue.store(Arc::new(None));
    }
}
