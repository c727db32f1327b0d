//! Checkpoints, written beside everything else: a snapshot never changes, so nobody waits.

use std::io::BufWriter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use super::{EngineError, Published, spawn};
use crate::state::{CheckpointError, State};
use crate::store::{Store, StoreError};

/// Fewest events that a checkpoint is written for while the service runs.
const EVENTS_LEAST: u64 = 250_000;
/// A checkpoint is due once the log has grown by this part of itself: the work of all checkpoints
/// then stays a fixed share of all work, and what is replayed after a crash stays bounded.
const GROWTH_DIVISOR: u64 = 3;

/// Writes checkpoints when they are due.
pub(super) struct Checkpoints {
    store: Arc<dyn Store>,
    /// Sequence that the newest one covers; shared with the status.
    covered: Arc<AtomicU64>,
    /// Events that the newest one begun covers.
    events: u64,
    running: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Goes on from the checkpoint that the state was loaded from; 0 and 0 without one.
    pub(super) fn new(store: Arc<dyn Store>, covered: Arc<AtomicU64>, events: u64) -> Self {
        Self {
            store,
            covered,
            events,
            running: None,
        }
    }

    /// Starts one beside, if one is due and none is being written.
    pub(super) fn consider(&mut self, published: &Arc<Published>) {
        let events = published.state.event_count();
        let due = EVENTS_LEAST.max(events / GROWTH_DIVISOR);
        let busy = self.running.as_ref().is_some_and(|run| !run.is_finished());
        if busy || events.saturating_sub(self.events) < due {
            return;
        }
        self.events = events;
        let (store, covered) = (Arc::clone(&self.store), Arc::clone(&self.covered));
        let published = Arc::clone(published);
        let started = spawn("checkpoint", move || {
            write(store.as_ref(), &covered, &published);
        });
        match started {
            Ok(thread) => self.running = Some(thread),
            Err(error) => tracing::warn!(%error, "no checkpoint was written"),
        }
    }

    /// Writes the last one, if anything has come since. Blocks.
    pub(super) fn finish(self, published: &Published) {
        if let Some(running) = self.running
            && running.join().is_err()
        {
            tracing::error!("the checkpoint's thread panicked");
        }
        if published.log_sequence > self.covered.load(Ordering::Acquire) {
            write(self.store.as_ref(), &self.covered, published);
        }
    }
}

/// A checkpoint that cannot be written costs time at the next start, and nothing else.
fn write(store: &dyn Store, covered: &AtomicU64, published: &Published) {
    let span = tracing::info_span!("checkpoint", sequence = published.log_sequence);
    let _entered = span.enter();
    match save(store, published) {
        Ok(()) => {
            covered.store(published.log_sequence, Ordering::Release);
            tracing::debug!("checkpoint written");
        }
        Err(error) => tracing::warn!(%error, "no checkpoint was written"),
    }
}

fn save(store: &dyn Store, published: &Published) -> Result<(), SaveError> {
    let mut writer = BufWriter::with_capacity(1 << 20, store.begin_checkpoint()?);
    published.state.write(&mut writer)?;
    let writer = writer
        .into_inner()
        .map_err(|error| CheckpointError::Io(error.into_error()))?;
    writer.commit(published.log_sequence)?;
    Ok(())
}

#[derive(Debug, thiserror::Error)]
enum SaveError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    State(#[from] CheckpointError),
}

/// The newest usable state and the sequence that it covers; an empty one and 0 where there is
/// none. The log decides: a checkpoint that cannot be read only makes the start slower.
pub(super) fn load(store: &dyn Store, last_sequence: u64) -> Result<(State, u64), EngineError> {
    let Some((sequence, bytes)) = store.load_checkpoint()? else {
        return Ok((State::default(), 0));
    };
    if sequence > last_sequence {
        let what =
            format!("a checkpoint covers record {sequence}, the log ends at {last_sequence}");
        return Err(StoreError::corrupt("the log", what).into());
    }
    match State::read(bytes) {
        Ok(state) => Ok((state, sequence)),
        Err(error) => {
            tracing::warn!(%error, sequence, "a checkpoint is passed over: replaying the whole log");
            Ok((State::default(), 0))
        }
    }
}
