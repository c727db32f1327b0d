//! Erasure of people: records of the log are rewritten at their sequences, and all derived data is made
//! again by a replay. The running service then equals a restarted one.
//!
//! The rewritten records and the event that ends the erasure become the log at once, so that an
//! erasure that is cut short has happened as a whole or not at all. A note in the store marks derived
//! data as stale meanwhile: a start that finds it drops checkpoints and history, and replays.

use std::sync::mpsc::sync_channel;

use prost::Message as _;
use tokio::sync::{OwnedMutexGuard, oneshot};

use super::EngineError;
use super::committer::{Folded, Rebuilt, Work};
use super::fold::{Ended, Fold};
use super::records::Records;
use super::replay::replay;
use super::writer::Writer;
use crate::erasure::{Changed, Person, RewriteError, Targets};
use crate::journal::{JournalError, Record};
use crate::proto::v1::{self, Erasure, Tombstone, event, tombstone::Erased};
use crate::store::{Store, StoreError};

/// The note that marks checkpoints and history as stale.
const STALE_NOTE: &str = "derived-is-stale";

/// The changed events, and the last record after the erasure.
pub(super) type Outcome = (Changed, u64);

/// The channel of the waiting caller.
pub(super) type Reply = oneshot::Sender<Result<Outcome, EngineError>>;

/// An erasure that waits for the writer.
pub(super) struct Erase {
    pub(super) people: Vec<Person>,
    /// Keeps backups and other erasures out until this one has ended.
    pub(super) lock: OwnedMutexGuard<()>,
    pub(super) reply: Reply,
}

/// Drops stale data where an erasure was cut short; returns whether it did.
pub(super) fn drop_stale(store: &dyn Store) -> Result<bool, StoreError> {
    if store.note(STALE_NOTE)?.is_none() {
        return Ok(false);
    }
    tracing::warn!("an erasure was cut short: replaying the whole log");
    store.drop_checkpoints()?;
    store.clear_history()?;
    store.flush_history()?;
    Ok(true)
}

/// Removes the note: all data follows from the log.
pub(super) fn all_follows(store: &dyn Store) -> Result<(), StoreError> {
    store.put_note(STALE_NOTE, None)
}

impl Writer {
    /// Erases people. Ingest waits meanwhile; readers keep the last snapshot.
    pub(super) fn erase(&mut self, erase: Erase) {
        let Erase {
            people,
            lock,
            reply,
        } = erase;
        let span = tracing::info_span!("erase", people = people.len());
        let _entered = span.enter();
        let targets = match self.find(&people) {
            Ok(Some(targets)) => targets,
            // No record names them: nothing has changed.
            Ok(None) => {
                let last = self.next_sequence - 1;
                drop(lock);
                let _ = reply.send(Ok((Changed::default(), last)));
                return;
            }
            Err(error) => {
                drop(lock);
                let _ = reply.send(Err(error));
                return;
            }
        };
        let changed = match self.rewrite(&targets) {
            Ok(changed) => changed,
            Err(error) => {
                if self.journal.poisoned().is_some() {
                    // The old log or the new one: a restart reads which.
                    tracing::error!(%error, "it is not known whether an erasure has happened: the service takes no more");
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
                tracing::error!(%error, "the state after an erasure could not be made: the service takes no more");
                self.poison.refuse_writes(&error);
                let _ = reply.send(Err(error));
            }
        }
    }

    /// Finds the events of people; none where no record names any of them.
    fn find(&self, people: &[Person]) -> Result<Option<Targets>, EngineError> {
        self.quiet(false)?;
        if let Some(refusal) = self.poison.refusal() {
            return Err(refusal.clone());
        }
        let mut targets = Targets::of(people);
        let mut named = false;
        self.journal.replay(1, |sequence, record: Record| {
            named |= targets
                .note(&record)
                .map_err(|error| unreadable(sequence, &error.into()))?;
            Ok::<_, EngineError>(())
        })?;
        Ok(named.then_some(targets))
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

    /// Rewrites the log, with the end of the erasure as an event of its own, so that no two states
    /// of one service have the same number of events. An error has left the log as it was, or the
    /// journal poisoned; the note then stays.
    fn rewrite(&self, targets: &Targets) -> Result<Changed, EngineError> {
        self.store.put_note(STALE_NOTE, Some(b"1"))?;
        let rewritten = self.rewrite_records(targets);
        if rewritten.is_err()
            && self.journal.poisoned().is_none()
            && let Err(error) = all_follows(self.store.as_ref())
        {
            tracing::warn!(%error, "the next start replays the whole log");
        }
        rewritten
    }

    fn rewrite_records(&self, targets: &Targets) -> Result<Changed, EngineError> {
        let mut rewriting = self.journal.begin_rewriting()?;
        let mut all = Changed::default();
        self.journal.replay(1, |sequence, record: Record| {
            let rewritten = targets
                .rewrite(&record)
                .map_err(|error| unreadable(sequence, &error))?;
            if let Some((frame, changed)) = rewritten {
                rewriting.replace(sequence, &frame)?;
                all.reviews += changed.reviews;
                all.orders += changed.orders;
                all.verdicts += changed.verdicts;
                all.records += changed.records;
            }
            Ok::<_, EngineError>(())
        })?;
        let end = v1::Event {
            revision: 0,
            payload: Some(event::Payload::Tombstone(Tombstone {
                erased: Some(Erased::Erasure(Erasure {
                    changed_event_count: all.events(),
                })),
            })),
        };
        let mut records = Records::new(self.next_sequence);
        records.push(self.journal.next_ordinal(), &end.encode_to_vec())?;
        for record in records.finish() {
            rewriting.append(&record.finish())?;
        }
        self.quiet(true)?;
        rewriting.commit()?;
        Ok(all)
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

fn unreadable(sequence: u64, error: &RewriteError) -> EngineError {
    let detail = error.to_string();
    JournalError::Corrupt { sequence, detail }.into()
}
