//! Makes folded groups durable, publishes them, and only then acknowledges; in their order.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::Instant;

use arc_swap::ArcSwap;
use tracing::Span;

use super::checkpoints::Checkpoints;
use super::fold::Ended;
use super::{Ack, EngineError, Published, Reply, answer, past};
use crate::history::{History, OpenMonth};
use crate::journal::{BatchBuilder, Journal};
use crate::metrics::Pipeline;
use crate::state::State;
use crate::store::Store;
use crate::telemetry::stage;

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
    /// All of history in the making, where a checkpoint is due.
    pub(super) checkpoint: Option<History>,
    /// Who waits, and for what.
    pub(super) replies: Vec<Waiting>,
    /// What stopped the fold, if anything did.
    pub(super) failure: Option<EngineError>,
    /// None if none of its callers is traced.
    pub(super) span: Span,
}

/// A sender that waits, and what for.
pub(super) struct Waiting {
    pub(super) reply: Reply,
    pub(super) ack: Ack,
    pub(super) arrived: Instant,
}

impl Folded {
    pub(super) fn refuse(self, error: &EngineError) {
        for waiting in self.replies {
            answer(waiting.reply, Err(error.clone()));
        }
    }
}

pub(super) struct Committer {
    pub(super) journal: Arc<Journal>,
    pub(super) store: Arc<dyn Store>,
    pub(super) published: Arc<ArcSwap<Published>>,
    pub(super) receiver: Receiver<Folded>,
    pub(super) checkpoints: Checkpoints,
    /// Tells who gathers evidence that there is news.
    pub(super) bell: SyncSender<()>,
    pub(super) metrics: Pipeline,
}

impl Committer {
    pub(super) fn run(mut self) {
        while let Ok(group) = self.receiver.recv() {
            let span = group.span.clone();
            let _entered = span.enter();
            self.commit(group);
        }
        self.checkpoints.finish();
    }

    fn commit(&mut self, mut group: Folded) {
        // Groups that were folded before the failure was seen.
        if let Some(reason) = self.published.load().refusal.clone() {
            self.metrics.refused_group();
            group.refuse(&EngineError::Poisoned(reason));
            return;
        }
        let written = match group.failure.take() {
            Some(error) => Err(error),
            None => self.write(std::mem::take(&mut group.builders), group.ended.take()),
        };
        match written {
            Ok(()) => {
                let (started, publish) = (Instant::now(), stage!(&group.span, "publish"));
                let published = Arc::new(Published {
                    state: group.state,
                    history: group.open_month,
                    log_sequence: self.journal.last_sequence(),
                    refusal: None,
                });
                self.published.store(Arc::clone(&published));
                drop(publish);
                self.metrics.published(started.elapsed());
                // Full where it rings already.
                let _ = self.bell.try_send(());
                if let Some(history) = group.checkpoint {
                    self.checkpoints.begin(&published, history);
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
                let last = self.published.load_full();
                self.published.store(Arc::new(Published {
                    refusal: Some(error.to_string()),
                    ..(*last).clone()
                }));
                group.refuse(&error);
            }
        }
    }

    fn write(&self, builders: Vec<BatchBuilder>, ended: Option<Ended>) -> Result<(), EngineError> {
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
        if let Some(ended) = ended {
            past::store(self.store.as_ref(), ended)?;
        }
        Ok(())
    }
}
