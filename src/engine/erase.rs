//! Erasure of people: records of the log are rewritten at their sequences, and all derived data is made
//! again by a replay. The running service then equals a restarted one.
//!
//! A note in the store marks derived data as stale. It is set before the first record changes and
//! removed at the end. A start that finds it drops checkpoints and history, and replays. Wherever an
//! erasure is stopped, the log is whole, and repeating the erasure gives the same result.

use std::sync::mpsc::sync_channel;

use prost::Message as _;
use tokio::sync::{OwnedMutexGuard, oneshot};

use super::EngineError;
use super::committer::{Folded, Rebuilt, Work};
use super::fold::{Ended, Fold};
use super::records::Records;
use super::replay::{log_ref, replay};
use super::writer::Writer;
use crate::codec::parse_event;
use crate::domain::Time;
use crate::erasure::{Changed, Person, RewriteError, Targets};
use crate::journal::{JournalError, Record};
use crate::proto::v1::{self, Erasure, Tombstone, event, tombstone::Erased};
use crate::store::{Store, StoreError};

/// The note that marks checkpoints and history as stale.
const STALE_NOTE: &str = "derived-is-stale";
/// Records that are rewritten before they are flushed.
const RECORDS_A_FLUSH: usize = 256;

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
    store.flush()?;
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
        match self.rewrite_and_replay(&targets) {
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
                tracing::error!(%error, "an erasure failed half way: the service takes no more");
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

    fn rewrite_and_replay(&mut self, targets: &Targets) -> Result<Folded, EngineError> {
        self.store.put_note(STALE_NOTE, Some(b"1"))?;
        self.quiet(true)?;
        let changed = self.rewrite(targets)?;
        let mut fold = Fold::default();
        let mut rows: Vec<Ended> = Vec::new();
        replay(&self.journal, 1, &mut fold, |ended| {
            rows.push(ended);
            Ok(())
        })?;
        // The end of the erasure is an event of its own, so that no two states of one service
        // have the same number of events.
        let end = v1::Event {
            revision: 0,
            payload: Some(event::Payload::Tombstone(Tombstone {
                erased: Some(Erased::Erasure(Erasure {
                    changed_event_count: changed.events(),
                })),
            })),
        };
        let encoded = end.encode_to_vec();
        let mut records = Records::new(self.next_sequence);
        let first_ordinal = fold.state.event_count();
        let (sequence, index) = records.next_position(encoded.len());
        let event = parse_event(end, Time::from_seconds(u32::MAX)).map_err(|faults| {
            EngineError::Unreadable {
                sequence,
                index,
                detail: format!("{faults:?}"),
            }
        })?;
        fold.apply(&event, log_ref(sequence, index)?)
            .map_err(|full| EngineError::Full(full.to_string()))?;
        records.push(first_ordinal, &encoded)?;
        self.fold = fold;
        let mut folded = self.folded(records.finish());
        folded.checkpoint = Some(self.fold.history.clone());
        folded.rebuilt = Some(Rebuilt {
            rows,
            changed,
            answer: None,
        });
        Ok(folded)
    }

    /// Rewrites the records in their places.
    fn rewrite(&self, targets: &Targets) -> Result<Changed, EngineError> {
        let mut all = Changed::default();
        let mut unflushed = 0;
        self.journal.replay(1, |sequence, record: Record| {
            let rewritten = targets
                .rewrite(&record)
                .map_err(|error| unreadable(sequence, &error))?;
            let Some((frame, changed)) = rewritten else {
                return Ok::<_, EngineError>(());
            };
            self.journal.rewrite(sequence, &frame)?;
            all.reviews += changed.reviews;
            all.orders += changed.orders;
            all.verdicts += changed.verdicts;
            all.records += changed.records;
            unflushed += 1;
            if unflushed == RECORDS_A_FLUSH {
                self.journal.flush()?;
                unflushed = 0;
            }
            Ok(())
        })?;
        self.journal.flush()?;
        Ok(all)
    }
}

fn unreadable(sequence: u64, error: &RewriteError) -> EngineError {
    let detail = error.to_string();
    JournalError::Corrupt { sequence, detail }.into()
}
