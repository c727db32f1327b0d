//! Checkpoints, written on a thread of their own: a snapshot never changes, so no other work waits.

use std::io::BufWriter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use super::fold::Fold;
use super::{EngineError, Poison, Snapshot, ended_months};
use crate::history::History;
use crate::instruments::{Metrics, Pipeline, Worker};
use crate::integrity::MODEL_VERSION;
use crate::state::{CheckpointError, State};
use crate::store::{Store, StoreError};
use crate::telemetry::TARGET;

/// Fewest events that a checkpoint is written for while the service runs.
const EVENTS_LEAST: u64 = 250_000;
/// A checkpoint is due once the log has grown by this part of itself: the work of all checkpoints
/// then stays a fixed share of all work, and what is replayed after a crash stays bounded.
const GROWTH_DIVISOR: u64 = 3;

/// Decides when a checkpoint is due.
pub(super) struct Schedule {
    /// Events that the newest started checkpoint covers.
    events: u64,
    busy: Arc<AtomicBool>,
}

impl Schedule {
    /// Whether a checkpoint of the state after so many events is due; it counts as started then.
    pub(super) fn due(&mut self, events: u64) -> bool {
        let due = EVENTS_LEAST.max(events / GROWTH_DIVISOR);
        if self.busy.load(Ordering::Acquire) || events.saturating_sub(self.events) < due {
            return false;
        }
        self.events = events;
        true
    }
}

/// Writes checkpoints.
pub(super) struct Checkpoints {
    store: Arc<dyn Store>,
    /// Sequence that the newest checkpoint covers; shared with the status.
    covered: Arc<AtomicU64>,
    /// Set while one is written; shared with the schedule.
    busy: Arc<AtomicBool>,
    running: Option<JoinHandle<()>>,
    metrics: Pipeline,
    poison: Poison,
}

impl Checkpoints {
    /// `covered` is the sequence of the checkpoint that the state was loaded from; 0 without one.
    pub(super) fn new(
        store: Arc<dyn Store>,
        covered: Arc<AtomicU64>,
        metrics: &Metrics,
        poison: Poison,
    ) -> Self {
        Self {
            store,
            covered,
            busy: Arc::default(),
            running: None,
            metrics: metrics.pipeline.clone(),
            poison,
        }
    }

    /// The schedule of a writer whose state was loaded with so many events.
    pub(super) fn schedule(&self, events: u64) -> Schedule {
        Schedule {
            events,
            busy: Arc::clone(&self.busy),
        }
    }

    /// Starts a checkpoint, after one that may still be running, if records came since the newest.
    pub(super) fn begin(&mut self, snapshot: &Arc<Snapshot>, history: History) {
        self.wait();
        if snapshot.log_sequence <= self.covered.load(Ordering::Acquire) {
            return;
        }
        self.busy.store(true, Ordering::Release);
        let (store, covered, busy) = (
            Arc::clone(&self.store),
            Arc::clone(&self.covered),
            Arc::clone(&self.busy),
        );
        let snapshot = Arc::clone(snapshot);
        let metrics = self.metrics.clone();
        let poison = self.poison.clone();
        let started = self.poison.spawn(Worker::Checkpoint, move || {
            let started = Instant::now();
            poison.panic_for_tests(Worker::Checkpoint, snapshot.state.event_count());
            let written = write(store.as_ref(), &covered, &snapshot, &history);
            metrics.checkpoint(written, started.elapsed());
            busy.store(false, Ordering::Release);
        });
        match started {
            Ok(thread) => self.running = Some(thread),
            Err(error) => tracing::warn!(%error, "no checkpoint was written"),
        }
    }

    /// Removes all checkpoints, after one that may be running.
    pub(super) fn drop_all(&mut self) -> Result<(), StoreError> {
        self.wait();
        self.store.drop_checkpoints()?;
        self.covered.store(0, Ordering::Release);
        Ok(())
    }

    /// Waits for the checkpoint that may be running.
    pub(super) fn wait(&mut self) {
        if let Some(running) = self.running.take() {
            // Its panic was noted.
            let _ = running.join();
        }
    }
}

/// Writes a checkpoint, and returns whether it was written. A failure costs only time at the next
/// start.
fn write(store: &dyn Store, covered: &AtomicU64, snapshot: &Snapshot, history: &History) -> bool {
    // Few enough to be traced always.
    let sequence = snapshot.log_sequence;
    let span = tracing::info_span!(target: TARGET, parent: None, "checkpoint", sequence);
    let _entered = span.enter();
    match save(store, snapshot, history) {
        Ok(()) => {
            covered.store(snapshot.log_sequence, Ordering::Release);
            tracing::debug!("checkpoint written");
            true
        }
        Err(error) => {
            tracing::warn!(%error, "no checkpoint was written");
            false
        }
    }
}

/// Saves the state and its history with the model version that scored both.
fn save(store: &dyn Store, snapshot: &Snapshot, history: &History) -> Result<(), SaveError> {
    ended_months::note_through(store)?;
    let mut writer =
        BufWriter::with_capacity(1 << 20, store.begin_checkpoint(snapshot.log_sequence)?);
    snapshot
        .state
        .write(&(MODEL_VERSION, history), &mut writer)?;
    let writer = writer
        .into_inner()
        .map_err(|error| CheckpointError::Io(error.into_error()))?;
    writer.commit()?;
    Ok(())
}

#[derive(Debug, thiserror::Error)]
enum SaveError {
    #[error(transparent)]
    History(#[from] EngineError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    State(#[from] CheckpointError),
}

/// Loads the newest usable checkpoint and the sequence that it covers; an empty state and 0 where
/// there is none. A checkpoint that cannot be read only makes the start slower: the log has all.
pub(super) fn load(store: &dyn Store, last_sequence: u64) -> Result<(Fold, u64), EngineError> {
    let Some((sequence, bytes)) = store.load_checkpoint()? else {
        return Ok((Fold::default(), 0));
    };
    if sequence > last_sequence {
        let what = format!(
            "a checkpoint covers record {sequence}, the log ends at {last_sequence}; if the log was never \
             longer, the checkpoint is of another store: move it away"
        );
        return Err(StoreError::corrupt("the log", what).into());
    }
    let passed_over = match State::read::<(String, History)>(bytes) {
        Ok((state, (model, history))) if model == MODEL_VERSION => {
            return Ok((Fold::new(state, history), sequence));
        }
        Ok((_, (model, _))) => format!("it was scored by {model}"),
        Err(error) => error.to_string(),
    };
    tracing::warn!(
        reason = passed_over,
        sequence,
        "a checkpoint is passed over: replaying the whole log"
    );
    Ok((Fold::default(), 0))
}
