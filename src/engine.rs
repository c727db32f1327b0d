//! The single writer: takes batches from a bounded queue, folds them into its state, makes them
//! durable, publishes a snapshot, and only then acknowledges.

mod fold;
mod past;
mod replay;
mod writer;

use std::sync::Arc;
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot};

use crate::domain::{Event, Time};
use crate::history::OpenMonth;
use crate::journal::{Journal, JournalError};
use crate::state::State;
use crate::store::{Retry, Store, StoreError};

/// Submissions that wait for the writer; beyond, senders wait, and through HTTP/2 flow control so
/// do their clients.
const QUEUE_LENGTH: usize = 32;

/// An accepted event with its encoding for the log.
#[derive(Debug)]
pub struct Entry {
    /// What the border made of it.
    pub event: Event,
    /// The message as it came, encoded.
    pub encoded: Vec<u8>,
}

/// A durable acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Why the engine could not open, or refused a batch.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EngineError {
    /// The store or the log failed.
    #[error("{0}")]
    Journal(Arc<JournalError>),
    /// An earlier write failed: what is known is still served, but nothing new is taken.
    #[error("writes are refused since an earlier one failed: {0}")]
    Poisoned(String),
    /// The engine is shutting down.
    #[error("the service is shutting down")]
    Closed,
    /// An event of the log cannot be read by this version.
    #[error("log record {sequence}, event {index}, cannot be read: {detail}")]
    Unreadable {
        /// The record.
        sequence: u64,
        /// The event within it.
        index: usize,
        /// What is wrong.
        detail: String,
    },
    /// A limit of the design was reached.
    #[error("{0}")]
    Full(String),
    /// The writer's thread could not start.
    #[error("the writer's thread could not start: {0}")]
    Thread(String),
}

impl From<JournalError> for EngineError {
    fn from(error: JournalError) -> Self {
        Self::Journal(Arc::new(error))
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        JournalError::from(error).into()
    }
}

impl EngineError {
    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Journal(error) => error.retry(),
            Self::Closed => Retry::Later,
            Self::Poisoned(_) | Self::Unreadable { .. } | Self::Full(_) | Self::Thread(_) => {
                Retry::Never
            }
        }
    }
}

/// What readers see.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// The state after the newest durable record.
    pub state: State,
    /// The days of the clock's month that are closed; earlier months are in the store.
    pub history: OpenMonth,
    /// That record; 0 before the first.
    pub log_sequence: u64,
    /// Why writes are refused, if they are.
    pub refusal: Option<String>,
}

struct Submission {
    entries: Vec<Entry>,
    reply: oneshot::Sender<Result<Ack, EngineError>>,
}

/// A batch on its way to the disk.
#[derive(Debug)]
pub struct Pending(oneshot::Receiver<Result<Ack, EngineError>>);

impl Pending {
    /// Waits until the batch is durable.
    pub async fn wait(self) -> Result<Ack, EngineError> {
        self.0.await.map_err(|_| EngineError::Closed)?
    }
}

/// A handle for senders and readers; clones are cheap.
#[derive(Clone)]
pub struct Engine {
    // Emptied on close, so that the writer sees the end of its queue.
    queue: Arc<ArcSwap<Option<mpsc::Sender<Submission>>>>,
    published: Arc<ArcSwap<Published>>,
    journal: Arc<Journal>,
    store: Arc<dyn Store>,
}

/// The writer's thread, to be joined after [`Engine::close`].
#[derive(Debug)]
pub struct Writer(JoinHandle<()>);

impl Writer {
    /// Waits until everything queued is durable and acknowledged. Blocks.
    pub fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the writer's thread panicked");
        }
    }
}

impl Engine {
    /// Opens a store: replays its log, and starts the writer.
    pub fn open(store: Arc<dyn Store>) -> Result<(Self, Writer), EngineError> {
        let journal = Arc::new(Journal::open(Arc::clone(&store))?);
        let fold = replay::replay(&journal, store.as_ref())?;
        let published = Published {
            state: fold.state.clone(),
            history: fold.history.open.clone(),
            log_sequence: journal.last_sequence(),
            refusal: journal.poisoned(),
        };
        let published = Arc::new(ArcSwap::from_pointee(published));
        let (sender, receiver) = mpsc::channel(QUEUE_LENGTH);
        let writer = writer::Loop {
            fold,
            store: Arc::clone(&store),
            journal: Arc::clone(&journal),
            published: Arc::clone(&published),
            receiver,
        };
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| EngineError::Thread(error.to_string()))?;
        let queue = Arc::new(ArcSwap::from_pointee(Some(sender)));
        Ok((
            Self {
                queue,
                published,
                journal,
                store,
            },
            Writer(thread),
        ))
    }

    /// Hands a batch to the writer. Waits while the queue is full.
    pub async fn enqueue(&self, entries: Vec<Entry>) -> Result<Pending, EngineError> {
        let sender = self
            .queue
            .load()
            .as_ref()
            .clone()
            .ok_or(EngineError::Closed)?;
        let (reply, answer) = oneshot::channel();
        sender
            .send(Submission { entries, reply })
            .await
            .map_err(|_| EngineError::Closed)?;
        Ok(Pending(answer))
    }

    /// Hands a batch to the writer and waits until it is durable.
    pub async fn submit(&self, entries: Vec<Entry>) -> Result<Ack, EngineError> {
        self.enqueue(entries).await?.wait().await
    }

    /// Takes no more batches; what is queued is still written.
    pub fn close(&self) {
        self.queue.store(Arc::new(None));
    }

    /// The newest published snapshot.
    pub fn published(&self) -> Arc<Published> {
        self.published.load_full()
    }

    /// The log, for readers.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The store, for readers.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }
}
