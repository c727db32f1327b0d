//! Makes folded groups durable, publishes them, and only then acknowledges; in their order.

use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use arc_swap::ArcSwap;
use tokio::sync::OwnedMutexGuard;
use tracing::Span;

use super::change_feed::{ChangeFeed, ChangedRows};
use super::checkpoints::Checkpoints;
use super::erase;
use super::fold::Ended;
use super::{Ack, EngineError, Poison, Reply, Snapshot, answer, past};
use crate::erasure::Changed;
use crate::history::{History, OpenMonth};
use crate::instruments::{Pipeline, Worker};
use crate::journal::{BatchBuilder, Journal};
use crate::state::State;
use crate::store::{Store, StoreError};
use crate::telemetry::stage;

/// What the committer is asked for.
pub(super) enum Work {
    /// To make a group durable.
    Group(Box<Folded>),
    /// To say when all before is done.
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
            // Whoever waits sees that the sender is gone.
            Self::Quiet { .. } => {}
        }
    }
}

/// The rest of an erasure: what replaces everything that followed from the log before.
pub(super) struct Rebuilt {
    /// All history of ended months.
    pub(super) rows: Vec<Ended>,
    pub(super) changed: Changed,
    /// Who waits, and what keeps others out meanwhile.
    pub(super) answer: Option<(erase::Reply, OwnedMutexGuard<()>)>,
}

impl Rebuilt {
    fn answer(self, result: Result<u64, EngineError>) {
        if let Some((reply, alone)) = self.answer {
            // Whoever is answered may ask for the next one at once.
            drop(alone);
            let _ = reply.send(result.map(|last| (self.changed, last)));
        }
    }
}

/// A group on its way to the disk.
pub(super) struct Folded {
    /// Its news.
    pub(super) builders: Vec<BatchBuilder>,
    /// The state after it.
    pub(super) state: State,
    /// The days of the month that is not over yet.
    pub(super) open_month: OpenMonth,
    /// Rows of months that are over.
    pub(super) ended: Option<Ended>,
    /// Rows that it changed.
    pub(super) changed_rows: ChangedRows,
    /// All of history in the making, where a checkpoint is due.
    pub(super) checkpoint: Option<History>,
    /// Who waits, and for what.
    pub(super) replies: Vec<Waiting>,
    /// What stopped the fold, if anything did.
    pub(super) failure: Option<EngineError>,
    /// None if none of its callers is traced.
    pub(super) span: Span,
    /// Set at the end of an erasure.
    pub(super) rebuilt: Option<Rebuilt>,
}

/// A sender that waits, and what for.
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

pub(super) struct Committer {
    pub(super) poison: Poison,
    pub(super) journal: Arc<Journal>,
    pub(super) store: Arc<dyn Store>,
    pub(super) newest: Arc<ArcSwap<Snapshot>>,
    pub(super) receiver: Receiver<Work>,
    pub(super) checkpoints: Checkpoints,
    /// Tells who gathers evidence that there is news.
    pub(super) bell: SyncSender<()>,
    pub(super) metrics: Pipeline,
    pub(super) change_feed: Arc<ChangeFeed>,
    /// Held for writing while history is replaced.
    pub(super) history: Arc<RwLock<()>>,
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
        let events = self.newest.load().state.event_count();
        self.poison.panic_for_tests(Worker::Committer, events);
        // Whoever reads history reads it whole, and with the snapshot that it belongs to.
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
                let last = self.newest.load();
                let (started, publish) = (Instant::now(), stage!(&group.span, "publish"));
                let snapshot = Arc::new(Snapshot {
                    state: group.state,
                    history: group.open_month,
                    log_sequence: self.journal.last_sequence(),
                    generation: last.generation + u64::from(group.rebuilt.is_some()),
                });
                self.newest.store(Arc::clone(&snapshot));
                drop(publish);
                self.metrics.published(started.elapsed());
                drop((last, closed));
                // Full where it rings already.
                let _ = self.bell.try_send(());
                self.change_feed.publish(&snapshot, &group.changed_rows);
                if let Some(rebuilt) = group.rebuilt {
                    rebuilt.answer(self.settle().map(|()| snapshot.log_sequence));
                }
                if let Some(history) = group.checkpoint {
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

    /// After an erasure: checkpoints and history follow from the log again.
    fn settle(&self) -> Result<(), EngineError> {
        Ok(erase::all_follows(self.store.as_ref())?)
    }

    fn write(&self, group: &mut Folded) -> Result<(), EngineError> {
        let builders = std::mem::take(&mut group.builders);
        if let Some(rebuilt) = &mut group.rebuilt {
            self.store.clear_history()?;
            for ended in rebuilt.rows.drain(..) {
                past::store(self.store.as_ref(), ended)?;
            }
        }
        if !builders.is_empty() {
            let started = Instant::now();
            let compress = stage!(&Span::current(), "compress");
            let frames = builders.into_iter().map(BatchBuilder::finish).collect();
            drop(compress);
            let compress_time = started.elapsed();
            let appended = self.journal.append(frames)?;
            let append_time = compress_time + appended.append_time;
            self.metrics.written(append_time, appended.flush_time);
        }
        // After the log: a row never speaks of events that a crash could take back.
        if let Some(ended) = group.ended.take() {
            past::store(self.store.as_ref(), ended)?;
        }
        Ok(())
    }
}
