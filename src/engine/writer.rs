//! The writer's loop: one thread owns the state.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use tokio::sync::mpsc;

use super::fold::Fold;
use super::past;
use super::replay::log_ref;
use super::{Ack, EngineError, Entry, Published, Submission};
use crate::journal::{BatchBuilder, Frame, FrameError, Journal};
use crate::state::Outcome;
use crate::store::Store;

/// Submissions that share one flush.
const GROUP_SUBMISSIONS: usize = 32;
/// Events of one record: they are addressed by 16 bits.
const RECORD_EVENTS: usize = 16_384;
/// Bytes of one record before compression: what reading one text back costs.
const RECORD_BYTES: usize = 256 * 1024;

pub(super) struct Loop {
    pub(super) fold: Fold,
    pub(super) store: Arc<dyn Store>,
    pub(super) journal: Arc<Journal>,
    pub(super) published: Arc<ArcSwap<Published>>,
    pub(super) receiver: mpsc::Receiver<Submission>,
}

/// Records of one group commit, in the making.
struct Group {
    frames: Vec<Frame>,
    open: Option<BatchBuilder>,
    first_sequence: u64,
    received_ms: i64,
}

impl Loop {
    pub(super) fn run(mut self) {
        while let Some(first) = self.receiver.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP_SUBMISSIONS
                && let Ok(next) = self.receiver.try_recv()
            {
                group.push(next);
            }
            self.commit(group);
        }
        tracing::info!(
            events = self.fold.state.event_count(),
            "the writer has drained its queue"
        );
    }

    /// Folds a group, makes it durable, publishes, acknowledges; in this order.
    fn commit(&mut self, group: Vec<Submission>) {
        let span = tracing::debug_span!("commit", submissions = group.len());
        let _entered = span.enter();
        if let Some(reason) = self.published.load().refusal.clone() {
            refuse(group, &EngineError::Poisoned(reason));
            return;
        }
        match self.write(&group) {
            Ok(acks) => {
                self.publish();
                for (submission, ack) in group.into_iter().zip(acks) {
                    // A client that is gone needs no answer.
                    let _ = submission.reply.send(Ok(ack));
                }
            }
            Err(error) => {
                tracing::error!(%error, "a write failed: the service takes no more");
                // The writer's state may be ahead of the log; readers keep the last snapshot.
                let refusal = Some(error.to_string());
                let last = self.published.load_full();
                self.published.store(Arc::new(Published {
                    refusal,
                    ..(*last).clone()
                }));
                refuse(group, &error);
            }
        }
    }

    fn write(&mut self, group: &[Submission]) -> Result<Vec<Ack>, EngineError> {
        let mut records = Group {
            frames: Vec::new(),
            open: None,
            first_sequence: self.journal.last_sequence() + 1,
            received_ms: now_ms(),
        };
        let mut acks = Vec::with_capacity(group.len());
        for submission in group {
            acks.push(self.fold(&submission.entries, &mut records)?);
        }
        records.seal();
        if !records.frames.is_empty() {
            self.journal.append(records.frames)?;
        }
        // After the log: a row never speaks of events that a crash could take back.
        if let Some(ended) = self.fold.take_ended() {
            past::store(self.store.as_ref(), ended)?;
        }
        Ok(acks)
    }

    /// Folds one submission. Only what is news goes into the log.
    fn fold(&mut self, entries: &[Entry], records: &mut Group) -> Result<Ack, EngineError> {
        let (mut accepted, mut unchanged) = (0, 0);
        for Entry { event, encoded } in entries {
            let first_ordinal = self.fold.state.event_count();
            let (sequence, index) = records.next_place(encoded.len());
            let log = log_ref(sequence, index)?;
            let outcome = self.fold.apply(event, log);
            match outcome.map_err(|full| EngineError::Full(full.to_string()))? {
                Outcome::Unchanged => unchanged += 1,
                Outcome::Applied => {
                    accepted += 1;
                    records.push(first_ordinal, encoded)?;
                }
            }
        }
        let state = &self.fold.state;
        let (event_count, watermark) = (state.event_count(), state.watermark());
        Ok(Ack {
            accepted,
            unchanged,
            event_count,
            watermark,
        })
    }

    fn publish(&self) {
        let log_sequence = self.journal.last_sequence();
        self.published.store(Arc::new(Published {
            state: self.fold.state.clone(),
            history: self.fold.history.open.clone(),
            log_sequence,
            refusal: None,
        }));
    }
}

impl Group {
    /// Where the next event of `bytes` will lie.
    fn next_place(&mut self, bytes: usize) -> (u64, usize) {
        let full = self.open.as_ref().is_some_and(|open| {
            open.count() as usize >= RECORD_EVENTS || open.len_bytes() + bytes > RECORD_BYTES
        });
        if full {
            self.seal();
        }
        let index = self.open.as_ref().map_or(0, |open| open.count() as usize);
        (self.first_sequence + self.frames.len() as u64, index)
    }

    fn push(&mut self, first_ordinal: u64, encoded: &[u8]) -> Result<(), EngineError> {
        let received_ms = self.received_ms;
        let open = self
            .open
            .get_or_insert_with(|| BatchBuilder::new(first_ordinal, received_ms));
        open.push(encoded)
            .map_err(|error: FrameError| EngineError::Full(error.to_string()))
    }

    fn seal(&mut self) {
        if let Some(open) = self.open.take() {
            self.frames.push(open.finish());
        }
    }
}

fn refuse(group: Vec<Submission>, error: &EngineError) {
    for submission in group {
        let _ = submission.reply.send(Err(error.clone()));
    }
}

/// When a record was received, for operators; no score depends on it.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
