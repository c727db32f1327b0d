//! The committer makes folded groups durable, publishes them, and then acknowledges, in their order.

use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::OwnedMutexGuard;
use tracing::Span;

use super::change_feed::{ChangeFeed, ChangedRows};
use super::checkpoints::Checkpoints;
use super::ended_months::{self, Backlog};
use super::fold::Ended;
use super::ingest::{Ack, Reply, answer};
use super::passes::Stop;
use super::rewrite;
use super::snapshots::{Newest, Snapshot};
use super::{EngineError, Poison};
use crate::erasure::Changed;
use crate::history::{History, OpenMonth};
use crate::instruments::{LogMetrics, Pipeline, Worker};
use crate::journal::{Appended, BatchBuilder, Frame, Journal};
use crate::state::State;
use crate::store::{Store, StoreError};
use crate::telemetry::stage;

/// Time that callers wait for a write that is repeated, before they are told to come again.
const PATIENCE: Duration = Duration::from_secs(2);

/// Time between a failed write and its repetition.
const REPEAT_EVERY: Duration = Duration::from_millis(200);

/// The work of the committer, in order.
pub(super) enum Work {
    /// To make a group durable.
    Group(Box<Folded>),
    /// To answer when all work before is done.
    Quiet {
        /// Whether to remove every checkpoint, too.
        drop_checkpoints: bool,
        done: SyncSender<Result<(), StoreError>>,
    },
}

impl Work {
    pub(super) fn refuse(self, error: &EngineError) {
        match self {
            Self::Group(group) => group.refuse(error),
            // The waiting thread sees that the sender is gone.
            Self::Quiet { .. } => {}
        }
    }
}

/// The end of a change of the log: the data that replaces everything derived from the log before.
pub(super) struct Rebuilt {
    /// All history of ended months.
    pub(super) rows: Vec<Ended>,
    pub(super) changed: Changed,
    /// The waiting caller, and the lock that keeps backups and other changes out.
    pub(super) answer: Option<(rewrite::Reply, OwnedMutexGuard<()>)>,
}

impl Rebuilt {
    fn answer(self, result: Result<u64, EngineError>) {
        if let Some((reply, lock)) = self.answer {
            // A caller with an answer may ask for the next change at once.
            drop(lock);
            let _ = reply.send(result.map(|last| (self.changed, last)));
        }
    }
}

/// A group on its way to the disk.
pub(super) struct Folded {
    /// Its new events.
    pub(super) builders: Vec<BatchBuilder>,
    /// The state after it.
    pub(super) state: State,
    /// The days of the month that is not over yet.
    pub(super) open_month: OpenMonth,
    /// Rows of months that are over.
    pub(super) ended: Option<Ended>,
    /// Rows that it changed.
    pub(super) changed_rows: ChangedRows,
    /// The history for a checkpoint, where one is due.
    pub(super) checkpoint: Option<History>,
    /// The waiting senders, and their acknowledgements.
    pub(super) replies: Vec<Waiting>,
    /// The error that stopped the fold, if any.
    pub(super) failure: Option<EngineError>,
    /// None if none of its callers is traced.
    pub(super) span: Span,
    /// Set at the end of a change of the log.
    pub(super) rebuilt: Option<Rebuilt>,
}

/// A waiting sender, and its acknowledgement.
pub(super) struct Waiting {
    pub(super) reply: Reply,
    pub(super) ack: Ack,
    pub(super) arrived: Instant,
}

impl Folded {
    fn refuse(self, error: &EngineError) {
        if let Some(rebuilt) = self.rebuilt {
            rebuilt.answer(Err(error.clone()));
        }
        for waiting in self.replies {
            answer(waiting.reply, Err(error.clone()));
        }
    }
}

/// Writes groups to the log and publishes snapshots.
pub(super) struct Committer {
    pub(super) poison: Poison,
    pub(super) journal: Arc<Journal>,
    pub(super) store: Arc<dyn Store>,
    pub(super) newest: Arc<Newest>,
    pub(super) receiver: Receiver<Work>,
    pub(super) checkpoints: Checkpoints,
    pub(super) metrics: Pipeline,
    pub(super) log_metrics: LogMetrics,
    pub(super) change_feed: Arc<ChangeFeed>,
    /// Held for writing while history is replaced.
    pub(super) history: Arc<RwLock<()>>,
    /// Rows of ended months that could not be stored yet.
    pub(super) unstored: Backlog,
    pub(super) stop: Arc<Stop>,
}

impl Committer {
    pub(super) fn run(&mut self) {
        while let Ok(work) = self.receiver.recv() {
            match work {
                Work::Group(group) => {
                    let span = group.span.clone();
                    let _entered = span.enter();
                    self.commit(*group);
                }
                Work::Quiet {
                    drop_checkpoints,
                    done,
                } => {
                    self.checkpoints.wait();
                    let dropped = if drop_checkpoints {
                        self.checkpoints.drop_all()
                    } else {
                        Ok(())
                    };
                    let _ = done.send(dropped);
                }
            }
        }
        self.checkpoints.wait();
    }

    fn commit(&mut self, mut group: Folded) {
        // Groups that were folded before the failure was seen.
        if let Some(refusal) = self.poison.refusal() {
            self.metrics.refused_group();
            group.refuse(refusal);
            return;
        }
        let events = self.newest.snapshot.load().state.event_count();
        self.poison.panic_for_tests(Worker::Committer, events);
        // Readers see all of history, with the snapshot that it belongs to.
        let history = Arc::clone(&self.history);
        let closed = group
            .rebuilt
            .is_some()
            .then(|| history.write().unwrap_or_else(PoisonError::into_inner));
        let written = match group.failure.take() {
            Some(error) => Err(error),
            None => self.write(&mut group),
        };
        match written {
            Ok(()) => {
                let last = self.newest.snapshot.load();
                let (started, publish) = (Instant::now(), stage!(&group.span, "publish"));
                let snapshot = Arc::new(Snapshot {
                    state: group.state,
                    history: group.open_month,
                    log_sequence: self.journal.last_sequence(),
                    generation: last.generation + u64::from(group.rebuilt.is_some()),
                });
                self.newest.snapshot.store(Arc::clone(&snapshot));
                drop(publish);
                self.metrics.published(started.elapsed());
                drop((last, closed));
                self.change_feed.publish(&snapshot, &group.changed_rows);
                if let Some(rebuilt) = group.rebuilt {
                    rebuilt.answer(self.settle().map(|()| snapshot.log_sequence));
                }
                // A checkpoint must not outlive rows that are not stored.
                if let Some(history) = group.checkpoint
                    && self.unstored.is_empty()
                {
                    self.checkpoints.begin(&snapshot, history);
                }
                for waiting in group.replies {
                    answer(waiting.reply, Ok(waiting.ack));
                    self.metrics.acknowledged(waiting.arrived.elapsed());
                }
            }
            Err(error) => {
                self.metrics.refused_group();
                tracing::error!(%error, "a write failed: the service takes no more");
                // The folded state is ahead of the log; readers keep the last snapshot.
                self.poison.refuse_writes(&error);
                group.refuse(&error);
            }
        }
    }

    /// After a change of the log: checkpoints and history follow from the log again.
    fn settle(&self) -> Result<(), EngineError> {
        Ok(rewrite::all_follows(self.store.as_ref())?)
    }

    fn write(&mut self, group: &mut Folded) -> Result<(), EngineError> {
        let builders = std::mem::take(&mut group.builders);
        if let Some(rebuilt) = &group.rebuilt {
            self.replace_history(&rebuilt.rows)?;
        }
        if !builders.is_empty() {
            let started = Instant::now();
            let compress = stage!(&Span::current(), "compress");
            let frames: Vec<_> = builders.into_iter().map(BatchBuilder::finish).collect();
            drop(compress);
            let compress_time = started.elapsed();
            let appended = self.append(&frames, &mut group.replies)?;
            let append_time = compress_time + appended.append_time;
            self.metrics.written(append_time, appended.flush_time);
        }
        // After the log: a row must not depend on events that a crash could take back.
        self.unstored.store(self.store.as_ref(), group.ended.take());
        Ok(())
    }

    /// Puts other history in the place of all, and repeats it until it succeeds, or the service ends:
    /// what is there names the erased.
    fn replace_history(&mut self, rows: &[Ended]) -> Result<(), EngineError> {
        self.unstored.clear();
        loop {
            let replaced = self.store.history().clear().map_err(EngineError::from);
            let store = |ended| ended_months::store(self.store.as_ref(), ended);
            let Err(error) = replaced.and_then(|()| rows.iter().try_for_each(store)) else {
                return Ok(());
            };
            tracing::warn!(%error, "history without the erased could not be stored yet");
            if !self.may_repeat() {
                return Err(error);
            }
        }
    }

    /// Counts a write that is to be repeated, and waits for its time; returns whether to go on.
    fn may_repeat(&self) -> bool {
        self.log_metrics.repeated_write();
        self.stop.wait_for(REPEAT_EVERY)
    }

    /// Appends frames. What leaves the log as it was is repeated until it succeeds, or the service
    /// ends: the folded state goes on from these frames.
    fn append(
        &self,
        frames: &[Frame],
        replies: &mut Vec<Waiting>,
    ) -> Result<Appended, EngineError> {
        let started = Instant::now();
        loop {
            let error = match self.journal.append(frames) {
                Err(error) if error.is_unwritten() => EngineError::from(error),
                other => {
                    self.poison.resume();
                    return Ok(other?);
                }
            };
            if started.elapsed() >= PATIENCE && !replies.is_empty() {
                tracing::warn!(%error, "a write waits until this passes");
                self.poison.pause(&error);
                let paused = EngineError::Paused(error.to_string());
                for waiting in replies.drain(..) {
                    answer(waiting.reply, Err(paused.clone()));
                }
            }
            if !self.may_repeat() {
                return Err(error);
            }
        }
    }
}
