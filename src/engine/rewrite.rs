//! Changes of the log, which are erasures and turnings back of the clock: records are rewritten at
//! their sequences, and all derived data is made again by a replay. The running service then equals a
//! restarted one.
//!
//! The rewritten records and the event that ends the change become the log at once, so that a change
//! that is cut short has happened as a whole or not at all. A note in the store marks derived data as
//! stale meanwhile: a start that finds it drops checkpoints and history, and replays.

use std::sync::mpsc::sync_channel;

use prost::Message as _;
use tokio::sync::{OwnedMutexGuard, oneshot};

use super::EngineError;
use super::committer::{Folded, Rebuilt, Work};
use super::fold::{Ended, Fold};
use super::records::Records;
use super::replay::replay;
use super::writer::Writer;
use crate::erasure::{Change, Changed, RewriteError};
use crate::journal::{Frame, Journal, JournalError, Record};
use crate::store::{Store, StoreError};

/// The note that marks checkpoints and history as stale.
const STALE_NOTE: &str = "derived-is-stale";

/// The changed events, and the last record after the change.
pub(super) type Outcome = (Changed, u64);

/// The channel of the waiting caller.
pub(super) type Reply = oneshot::Sender<Result<Outcome, EngineError>>;

/// A change that waits for the writer.
pub(super) struct Rewrite {
    pub(super) change: Change,
    /// Keeps backups and other changes out until this one has ended.
    pub(super) lock: OwnedMutexGuard<()>,
    pub(super) reply: Reply,
}

/// Drops stale data where a change was cut short; returns whether it did.
pub(super) fn drop_stale(store: &dyn Store) -> Result<bool, StoreError> {
    if store.note(STALE_NOTE)?.is_none() {
        return Ok(false);
    }
    tracing::warn!("a change of the log was cut short: replaying the whole log");
    store.drop_checkpoints()?;
    store.history().clear()?;
    store.history().flush()?;
    Ok(true)
}

/// Removes the note: all data follows from the log.
pub(super) fn all_follows(store: &dyn Store) -> Result<(), StoreError> {
    store.put_note(STALE_NOTE, None)
}

impl Writer {
    /// Changes the log. Ingest waits meanwhile; readers keep the last snapshot.
    pub(super) fn rewrite(&mut self, rewrite: Rewrite) {
        let Rewrite {
            mut change,
            lock,
            reply,
        } = rewrite;
        let span = tracing::info_span!("rewrite");
        let _entered = span.enter();
        let concerned = match self.note(&mut change) {
            Ok(concerned) => concerned,
            Err(error) => {
                drop(lock);
                let _ = reply.send(Err(error));
                return;
            }
        };
        if !concerned {
            let last = self.next_sequence - 1;
            drop(lock);
            let _ = reply.send(Ok((Changed::default(), last)));
            return;
        }
        let changed = match self.rewrite_log(&change) {
            Ok(changed) => changed,
            Err(error) => {
                if self.journal.poisoned().is_some() {
                    // The old log or the new one: a restart reads which.
                    tracing::error!(%error, "it is not known whether a change of the log has happened: the service takes no more");
                    self.poison.refuse_writes(&error);
                }
                drop(lock);
                let _ = reply.send(Err(error));
                return;
            }
        };
        match self.rebuild(changed) {
            Ok(mut folded) => {
                if let Some(rebuilt) = &mut folded.rebuilt {
                    rebuilt.answer = Some((reply, lock));
                }
                if let Err(gone) = self.committer.send(Work::Group(Box::new(folded))) {
                    let refusal = self.poison.refusal().unwrap_or(&EngineError::Closed);
                    gone.0.refuse(refusal);
                }
            }
            Err(error) => {
                // The log is ahead of the state: a restart reads it.
                tracing::error!(%error, "the state after a change of the log could not be made: the service takes no more");
                self.poison.refuse_writes(&error);
                let _ = reply.send(Err(error));
            }
        }
    }

    /// Shows every record to the change; returns whether it concerns any.
    fn note(&self, change: &mut Change) -> Result<bool, EngineError> {
        self.quiet(false)?;
        if let Some(refusal) = self.poison.refusal() {
            return Err(refusal.clone());
        }
        let mut concerned = false;
        self.journal.replay(1, |sequence, record: Record| {
            concerned |= change
                .note(&record)
                .map_err(|error| unreadable(sequence, &error))?;
            Ok::<_, EngineError>(())
        })?;
        Ok(concerned)
    }

    /// Waits until the committer has written all that it was given, and its checkpoint.
    fn quiet(&self, drop_checkpoints: bool) -> Result<(), EngineError> {
        let (done, waits) = sync_channel(1);
        let work = Work::Quiet {
            drop_checkpoints,
            done,
        };
        let gone = || {
            self.poison
                .refusal()
                .cloned()
                .unwrap_or(EngineError::Closed)
        };
        self.committer.send(work).map_err(|_| gone())?;
        Ok(waits.recv().map_err(|_| gone())??)
    }

    /// Rewrites the log, with the end of the change as an event of its own, so that no two states
    /// of one service have the same number of events. An error has left the log as it was, or the
    /// journal poisoned; the note then stays.
    fn rewrite_log(&self, change: &Change) -> Result<Changed, EngineError> {
        self.store.put_note(STALE_NOTE, Some(b"1"))?;
        let rewritten = self.rewrite_records(change);
        if rewritten.is_err()
            && self.journal.poisoned().is_none()
            && let Err(error) = all_follows(self.store.as_ref())
        {
            tracing::warn!(%error, "the next start replays the whole log");
        }
        rewritten
    }

    fn rewrite_records(&self, change: &Change) -> Result<Changed, EngineError> {
        let mut rewriting = self.journal.begin_rewriting()?;
        let changed = each_changed(&self.journal, change, |sequence, frame| {
            Ok(rewriting.replace(sequence, &frame)?)
        })?;
        let end = change.end(&changed);
        let mut records = Records::new(self.next_sequence, self.arrivals.now().ms);
        records.push(self.journal.next_ordinal(), &end.encode_to_vec())?;
        for record in records.finish() {
            rewriting.append(&record.finish())?;
        }
        self.quiet(true)?;
        rewriting.commit()?;
        Ok(changed)
    }

    /// Makes the state again from the rewritten log.
    fn rebuild(&mut self, changed: Changed) -> Result<Folded, EngineError> {
        let mut fold = Fold::default();
        let mut rows: Vec<Ended> = Vec::new();
        replay(&self.journal, 1, &mut fold, |ended| {
            rows.push(ended);
            Ok(())
        })?;
        self.fold = fold;
        self.next_sequence = self.journal.last_sequence() + 1;
        let mut folded = self.folded(Vec::new());
        folded.checkpoint = Some(self.fold.history.clone());
        folded.rebuilt = Some(Rebuilt {
            rows,
            changed,
            answer: None,
        });
        Ok(folded)
    }
}

/// Counts the events that a change would change.
pub(super) fn count(journal: &Journal, mut change: Change) -> Result<Changed, EngineError> {
    journal.replay(1, |sequence, record: Record| {
        let noted = change.note(&record);
        noted.map_err(|error| unreadable(sequence, &error))?;
        Ok::<_, EngineError>(())
    })?;
    each_changed(journal, &change, |_, _| Ok(()))
}

/// Passes on the new frame of each record that a change rewrites, and counts its events.
fn each_changed(
    journal: &Journal,
    change: &Change,
    mut pass_on: impl FnMut(u64, Frame) -> Result<(), EngineError>,
) -> Result<Changed, EngineError> {
    let mut all = Changed::default();
    journal.replay(1, |sequence, record: Record| {
        let rewritten = change
            .rewrite(&record)
            .map_err(|error| unreadable(sequence, &error))?;
        if let Some((frame, changed)) = rewritten {
            all.add(&changed);
            pass_on(sequence, frame)?;
        }
        Ok::<_, EngineError>(())
    })?;
    Ok(all)
}

fn unreadable(sequence: u64, error: &RewriteError) -> EngineError {
    let detail = error.to_string();
    JournalError::Corrupt { sequence, detail }.into()
}
