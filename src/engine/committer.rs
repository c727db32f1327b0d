//! Makes folded groups durable, publishes them, and only then acknowledges; in their order.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use arc_swap::ArcSwap;

use super::checkpoints::Checkpoints;
use super::fold::Ended;
use super::{Ack, EngineError, Published, Reply, answer, past};
use crate::history::{History, OpenMonth};
use crate::journal::{BatchBuilder, Journal};
use crate::state::State;
use crate::store::Store;

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
    pub(super) replies: Vec<(Reply, Ack)>,
    /// What stopped the fold, if anything did.
    pub(super) failure: Option<EngineError>,
}

impl Folded {
    pub(super) fn refuse(self, error: &EngineError) {
        for (reply, _) in self.replies {
            answer(reply, Err(error.clone()));
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
}

impl Committer {
    pub(super) fn run(mut self) {
        while let Ok(group) = self.receiver.recv() {
            let span = tracing::debug_span!("commit", submissions = group.replies.len());
            let _entered = span.enter();
            self.commit(group);
        }
        self.checkpoints.finish();
    }

    fn commit(&mut self, mut group: Folded) {
        // Groups that were folded before the failure was seen.
        if let Some(reason) = self.published.load().refusal.clone() {
            group.refuse(&EngineError::Poisoned(reason));
            return;
        }
        let written = match group.failure.take() {
            Some(error) => Err(error),
            None => self.write(std::mem::take(&mut group.builders), group.ended.take()),
        };
        match written {
            Ok(()) => {
                let published = Arc::new(Published {
                    state: group.state,
                    history: group.open_month,
                    log_sequence: self.journal.last_sequence(),
                    refusal: None,
                });
                self.published.store(Arc::clone(&published));
                // Full where it rings already.
                let _ = self.bell.try_send(());
                if let Some(history) = group.checkpoint {
                    self.checkpoints.begin(&published, history);
                }
                for (reply, ack) in group.replies {
                    answer(reply, Ok(ack));
                }
            }
            Err(error) => {
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
            let frames = builders.into_iter().map(BatchBuilder::finish).collect();
            self.journal.append(frames)?;
        }
        // After the log: a row never speaks of events that a crash could take back.
        if let Some(ended) = ended {
            past::store(self.store.as_ref(), ended)?;
        }
        Ok(())
    }
}
