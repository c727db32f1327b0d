//! The writer: one thread owns the state and folds. Folded groups go to the committer, so that the
//! next group is folded while this one is on its way to the disk.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use tokio::sync::mpsc;
use tracing::Span;
use tracing::field::Empty;

use super::checkpoints::Schedule;
use super::committer::{Folded, Waiting, Work};
use super::fold::Fold;
use super::ingest::{Ack, Command, Entry, Submission, answer};
use super::records::Records;
use super::replay::log_ref;
use super::rewrite::Rewrite;
use super::trace::group_span;
use super::{ArrivalClock, EngineError, Poison};
use crate::instruments::{Pipeline, Worker};
use crate::journal::{BatchBuilder, Journal};
use crate::state::Outcome;
use crate::store::Store;
use crate::telemetry::stage;

/// Submissions that share one flush, and about how many events.
const GROUP_SUBMISSIONS: usize = 256;
const GROUP_EVENTS: usize = 16_384;

/// Folds groups of submissions into the state.
pub(super) struct Writer {
    pub(super) poison: Poison,
    pub(super) fold: Fold,
    /// Sequence of the next record.
    pub(super) next_sequence: u64,
    pub(super) receiver: mpsc::Receiver<Command>,
    /// Bounded, so that folding never runs far ahead of the disk.
    pub(super) committer: SyncSender<Work>,
    /// Tells when records are received.
    pub(super) arrivals: ArrivalClock,
    pub(super) schedule: Schedule,
    pub(super) metrics: Pipeline,
    pub(super) journal: Arc<Journal>,
    pub(super) store: Arc<dyn Store>,
}

impl Writer {
    pub(super) fn run(&mut self) {
        while let Some(first) = self.receiver.blocking_recv() {
            let (group, rewrite) = self.gather(first);
            self.take(group);
            if let Some(rewrite) = rewrite {
                self.rewrite(rewrite);
            }
        }
        // The last group is empty, and asks for a checkpoint of all that came.
        let mut last = self.fold_group(Vec::new());
        last.checkpoint = Some(std::mem::take(&mut self.fold.history));
        let _ = self.committer.send(Work::Group(Box::new(last)));
        tracing::info!(
            events = self.fold.state.event_count(),
            "the writer has drained its queue"
        );
    }

    /// Takes waiting submissions, up to the size of a group or to a change of the log.
    fn gather(&mut self, first: Command) -> (Vec<Submission>, Option<Rewrite>) {
        let mut group = Vec::new();
        let mut events = 0;
        let mut next = Some(first);
        while let Some(command) = next.take() {
            match command {
                Command::Rewrite(rewrite) => return (group, Some(rewrite)),
                Command::Batch(submission) => {
                    events += submission.entries.len();
                    group.push(submission);
                }
            }
            if group.len() < GROUP_SUBMISSIONS && events < GROUP_EVENTS {
                next = self.receiver.try_recv().ok();
            }
        }
        (group, None)
    }

    fn take(&mut self, group: Vec<Submission>) {
        if group.is_empty() {
            return;
        }
        if let Some(refusal) = self.poison.refusal() {
            refuse(group, refusal);
            return;
        }
        self.poison
            .panic_for_tests(Worker::Writer, self.fold.state.event_count());
        let folded = self.fold_group(group);
        if let Err(gone) = self.committer.send(Work::Group(Box::new(folded))) {
            // Only after a panic there, which was noted; nothing of this group is on the disk.
            let refusal = self.poison.refusal().unwrap_or(&EngineError::Closed);
            gone.0.refuse(refusal);
        }
    }

    /// Folds a group. A failure leaves the state ahead of the log: the committer sees it in its turn,
    /// and then refuses writes.
    fn fold_group(&mut self, group: Vec<Submission>) -> Folded {
        let started = Instant::now();
        let span = group_span(&group);
        let fold = stage!(&span, "fold", goodstanding.score_seconds = Empty);
        let _entered = fold.enter();
        self.fold.begin_group(!fold.is_disabled());
        let mut records = Records::new(self.next_sequence, self.arrivals.now().ms);
        let mut replies = Vec::with_capacity(group.len());
        let mut failure = None;
        for submission in group {
            let Submission {
                entries,
                permit,
                reply,
                arrived,
                span: _,
                queued,
            } = submission;
            drop(queued);
            let ack = match failure {
                None => self
                    .fold_submission(&entries, &mut records)
                    .unwrap_or_else(|error| {
                        failure = Some(error);
                        self.current_counts()
                    }),
                Some(_) => self.current_counts(),
            };
            drop((entries, permit));
            replies.push(Waiting {
                reply,
                ack,
                arrived,
            });
        }
        if !replies.is_empty() {
            let (tally, score_time) = self.fold.counted();
            if let Some(time) = score_time {
                fold.record("goodstanding.score_seconds", time.as_secs_f64());
            }
            let watermark = self.fold.state.watermark();
            self.metrics
                .folded(tally, replies.len(), watermark, started.elapsed());
        }
        let mut folded = self.folded(records.finish());
        let due = self.schedule.due(self.fold.state.event_count());
        folded.checkpoint = due.then(|| self.fold.history.clone());
        folded.replies = replies;
        folded.failure = failure;
        folded.span = span;
        folded
    }

    /// Packs the folded events for the committer.
    pub(super) fn folded(&mut self, builders: Vec<BatchBuilder>) -> Folded {
        self.next_sequence += builders.len() as u64;
        Folded {
            builders,
            state: self.fold.state.clone(),
            open_month: self.fold.history.open.clone(),
            ended: self.fold.take_ended(),
            changed_rows: self.fold.take_changed_rows(),
            checkpoint: None,
            replies: Vec::new(),
            failure: None,
            span: Span::none(),
            rebuilt: None,
        }
    }

    /// Folds one submission. Duplicates and stale revisions are not logged.
    fn fold_submission(
        &mut self,
        entries: &[Entry],
        records: &mut Records,
    ) -> Result<Ack, EngineError> {
        let mut ack = Ack::default();
        for Entry { event, encoded } in entries {
            let first_ordinal = self.fold.state.event_count();
            let (sequence, index) = records.next_position(encoded.len());
            let log = log_ref(sequence, index)?;
            let outcome = self.fold.apply(event, log);
            match outcome.map_err(|full| EngineError::Full(full.to_string()))? {
                Outcome::Unchanged => ack.unchanged += 1,
                Outcome::Applied => {
                    ack.accepted += 1;
                    records.push(first_ordinal, encoded)?;
                }
            }
        }
        Ok(Ack {
            accepted: ack.accepted,
            unchanged: ack.unchanged,
            ..self.current_counts()
        })
    }

    fn current_counts(&self) -> Ack {
        Ack {
            event_count: self.fold.state.event_count(),
            watermark: self.fold.state.watermark(),
            ..Ack::default()
        }
    }
}

fn refuse(group: Vec<Submission>, error: &EngineError) {
    for submission in group {
        answer(submission.reply, Err(error.clone()));
    }
}
