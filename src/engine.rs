//! The single writer: takes batches from a bounded queue and folds them into its state; the
//! committer behind it makes them durable, publishes a snapshot, and only then acknowledges.

mod change_feed;
mod checkpoints;
mod committer;
mod erase;
mod error;
mod evidence;
mod fold;
mod look_back;
mod models;
mod open;
mod passes;
mod past;
mod poison;
mod readers;
mod records;
mod replay;
mod review_texts;
mod trace;
mod writer;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Instant;

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tracing::Span;

pub use change_feed::{ChangeFeed, ChangeSet};
use checkpoints::Checkpoints;
pub use error::EngineError;
use evidence::{Gathered, Gatherer};
pub use passes::{PassesConfig, step_back};
pub use poison::{PanicForTests, Poison, WorkerPanic};
pub use readers::ScoredSnapshot;
pub use review_texts::{texts_of_others, texts_of_seller};

use erase::Erase;
use look_back::LastPast;

use crate::backup::{self, Backup};
use crate::domain::{Event, Time};
use crate::erasure::{Changed, Person};
use crate::history::OpenMonth;
use crate::journal::Journal;
use crate::models::Registry;
use crate::privacy::Pseudonyms;
use crate::state::State;
use crate::store::Store;
use crate::telemetry::{Instruments, stage};

/// Submissions that wait for the writer; beyond, senders wait, and through HTTP/2 flow control so
/// do their clients.
const QUEUE_LENGTH: usize = 256;
/// Events that wait for the writer, in all submissions: what waits is memory. A submission never
/// needs more than there is.
const QUEUE_EVENTS: usize = 32_768;

/// An accepted event with its encoding for the log.
#[derive(Debug)]
pub struct Entry {
    /// What the border made of it.
    pub event: Event,
    /// The message as it came, encoded.
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

/// What readers see.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The state after the newest durable record.
    pub state: State,
    /// The days of the clock's month that are closed; earlier months are in the store.
    pub history: OpenMonth,
    /// That record; 0 before the first.
    pub log_sequence: u64,
    /// Erasures since the start: rows of snapshots with another number are not comparable.
    pub generation: u64,
}

/// How an engine is opened.
#[derive(Clone)]
pub struct Options {
    /// How ids of people are kept.
    pub pseudonyms: Pseudonyms,
    /// Most events that a look into the past replays.
    pub look_back_events_max: u64,
    /// What it records with.
    pub instruments: Instruments,
    /// How much passes beside the work may take.
    pub passes: PassesConfig,
    /// Which thread panics, and when; none but in tests.
    pub panic_for_tests: Option<PanicForTests>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pseudonyms: Pseudonyms::default(),
            // Some seconds, and some 400 MiB.
            look_back_events_max: 2_000_000,
            instruments: Instruments::default(),
            passes: PassesConfig::default(),
            panic_for_tests: None,
        }
    }
}

/// What the writer is asked for, in order.
enum Command {
    /// To take events.
    Batch(Submission),
    /// To erase people.
    Erase(Erase),
}

/// Groups that are folded and wait for the disk.
const GROUPS_AHEAD: usize = 1;

struct Submission {
    entries: Vec<Entry>,
    /// Its share of [`QUEUE_EVENTS`], given back when it is dropped.
    room: OwnedSemaphorePermit,
    reply: Reply,
    arrived: Instant,
    /// The sender's; none where it is not traced.
    span: Span,
    /// Below it, from its arrival until the writer takes it.
    queued: Span,
}

/// What waits for the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Batches.
    pub submissions: usize,
    /// Events in them.
    pub events: usize,
    /// Events that may wait before senders have to.
    pub events_max: usize,
}

/// Where a sender waits for its acknowledgement.
type Reply = oneshot::Sender<Result<Ack, EngineError>>;

/// A client that is gone needs no answer.
fn answer(reply: Reply, result: Result<Ack, EngineError>) {
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

/// A handle for senders and readers; clones are cheap.
#[derive(Clone)]
pub struct Engine {
    // Emptied on close, so that the writer sees the end of its queue.
    queue: Arc<ArcSwap<Option<mpsc::Sender<Command>>>>,
    room: Arc<Semaphore>,
    newest: Arc<ArcSwap<Snapshot>>,
    gathered: Arc<ArcSwap<Gathered>>,
    gatherer: Arc<JoinHandle<()>>,
    gathering: Arc<AtomicBool>,
    models: Arc<Registry>,
    // Emptied on close, as the gatherer ends with the last who can ring.
    bell: Arc<ArcSwap<Option<SyncSender<()>>>>,
    journal: Arc<Journal>,
    store: Arc<dyn Store>,
    // Written by the checkpoint's thread.
    covered: Arc<AtomicU64>,
    instruments: Instruments,
    change_feed: Arc<ChangeFeed>,
    // Held for writing while an erasure replaces history.
    history: Arc<RwLock<()>>,
    // Held by a backup or an erasure.
    alone: Arc<Mutex<()>>,
    poison: Poison,
    past: Arc<LastPast>,
    look_back_events_max: u64,
    pseudonyms: Pseudonyms,
    passes: PassesConfig,
}

/// The threads of writer and committer, to be joined after [`Engine::close`].
#[derive(Debug)]
pub struct Writer([JoinHandle<()>; 2]);

impl Writer {
    /// Waits until everything queued is durable and acknowledged. Blocks.
    pub fn join(self) {
        for thread in self.0 {
            // Its panic was noted.
            let _ = thread.join();
        }
    }
}

impl Engine {
    /// Hands a batch to the writer. Waits while the queue is full. The current span is the
    /// sender's.
    pub async fn enqueue(&self, entries: Vec<Entry>) -> Result<Pending, EngineError> {
        let (arrived, span) = (Instant::now(), Span::current());
        let queued = stage!(&span, "queue");
        let events = entries.len().min(QUEUE_EVENTS) as u32;
        let room = Arc::clone(&self.room)
            .acquire_many_owned(events)
            .await
            .map_err(|_| EngineError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let submission = Submission {
            entries,
            room,
            reply,
            arrived,
            span,
            queued,
        };
        self.command(Command::Batch(submission)).await?;
        Ok(Pending {
            answer,
            poison: self.poison.clone(),
        })
    }

    async fn command(&self, command: Command) -> Result<(), EngineError> {
        if let Some(refusal) = self.poison.refusal() {
            return Err(refusal.clone());
        }
        let sender = self.queue.load().as_ref().clone();
        let sender = sender.ok_or(EngineError::Closed)?;
        match sender.send(command).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.poison.unanswered().await),
        }
    }

    /// Erases people from the log, the state and history; says what changed, and the last record
    /// after it. What was begun is ended, also when nobody waits for it.
    pub async fn erase(&self, people: Vec<Person>) -> Result<(Changed, u64), EngineError> {
        let alone = Arc::clone(&self.alone)
            .try_lock_owned()
            .map_err(|_| EngineError::Busy)?;
        let (reply, answer) = oneshot::channel();
        let erase = Erase {
            people,
            alone,
            reply,
        };
        self.command(Command::Erase(erase)).await?;
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(self.poison.unanswered().await),
        }
    }

    /// Writes a backup into a directory, of all that is durable now. Blocks; ingest goes on.
    pub fn back_up(&self, directory: &Path) -> Result<Backup, EngineError> {
        let _alone = Arc::clone(&self.alone)
            .try_lock_owned()
            .map_err(|_| EngineError::Busy)?;
        backup::create(&self.journal, self.store.as_ref(), directory)
            .map_err(|error| EngineError::Backup(Arc::new(error)))
    }

    /// Hands a batch to the writer and waits until it is durable.
    pub async fn submit(&self, entries: Vec<Entry>) -> Result<Ack, EngineError> {
        self.enqueue(entries).await?.wait().await
    }

    /// What refuses writes and counts panics, for threads beside the engine's own.
    pub const fn poison(&self) -> &Poison {
        &self.poison
    }

    /// Why writes are refused, if they are.
    pub fn refusal(&self) -> Option<String> {
        self.poison.refusal().map(|refusal| match refusal {
            EngineError::Poisoned(reason) => reason.clone(),
            other => other.to_string(),
        })
    }

    /// Takes no more batches; what is queued is still written.
    pub fn close(&self) {
        self.queue.store(Arc::new(None));
        self.bell.store(Arc::new(None));
        self.change_feed.close();
    }
}

#[cfg(test)]
mod tests;
