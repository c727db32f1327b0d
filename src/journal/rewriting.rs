//! Rewriting of durable records, as erasure does it: all changes count at once, or none.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::recovery::{Tail, decode_at};
use super::{Frame, Journal, JournalError};
use crate::store::LogRewrite;

/// A rewriting in progress. Dropped before its commit, it leaves the log as it was. Nothing may be
/// appended to the journal meanwhile.
pub struct Rewriting<'a> {
    journal: &'a Journal,
    log: Box<dyn LogRewrite + 'a>,
    began_at: Tail,
    tail: Tail,
}

impl Journal {
    /// Begins to rewrite records.
    pub fn begin_rewriting(&self) -> Result<Rewriting<'_>, JournalError> {
        let began_at = *self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Rewriting {
            log: self.store.begin_rewrite()?,
            journal: self,
            began_at,
            tail: began_at,
        })
    }
}

impl Rewriting<'_> {
    /// Puts another frame in the place of a durable one, with the same number of entries.
    /// Sequences rise from call to call.
    pub fn replace(&mut self, sequence: u64, frame: &Frame) -> Result<(), JournalError> {
        let existing = decode_at(sequence, &self.journal.stored(sequence)?)?;
        let same = existing.first_ordinal() == frame.first_ordinal()
            && existing.next_ordinal() == frame.next_ordinal();
        if !same {
            return Err(JournalError::OutOfOrder {
                expected: existing.next_ordinal(),
                found: frame.next_ordinal(),
            });
        }
        Ok(self.log.replace(sequence, frame.as_bytes())?)
    }

    /// Adds a frame behind the last. No replacement may follow.
    pub fn append(&mut self, frame: &Frame) -> Result<(), JournalError> {
        if frame.first_ordinal() != self.tail.ordinal {
            return Err(JournalError::OutOfOrder {
                expected: self.tail.ordinal,
                found: frame.first_ordinal(),
            });
        }
        self.tail = Tail {
            sequence: self.tail.sequence + 1,
            ordinal: frame.next_ordinal(),
        };
        Ok(self.log.append(self.tail.ordinal, frame.as_bytes())?)
    }

    /// Makes all changes durable. An error that is not [unwritten](JournalError::is_unwritten) leaves it
    /// unknown whether the old records or the new ones are the log, and poisons the journal.
    pub fn commit(self) -> Result<(), JournalError> {
        let mut tail = self
            .journal
            .tail
            .lock()
            .map_err(|_| self.journal.poisoned_error())?;
        debug_assert_eq!(*tail, self.began_at, "nothing was appended meanwhile");
        if let Err(error) = self.log.commit().map_err(JournalError::from) {
            if !error.is_unwritten() {
                self.journal.poison.get_or_init(|| error.to_string());
            }
            return Err(error);
        }
        *tail = self.tail;
        let journal = self.journal;
        journal
            .next_ordinal
            .store(self.tail.ordinal, Ordering::Release);
        journal
            .last_sequence
            .store(self.tail.sequence, Ordering::Release);
        journal.cache.forget();
        Ok(())
    }
}
