//! The past itself: the state as it was when the clock left a day, made again from the log.

use std::sync::{Arc, Mutex, PoisonError};

use super::fold::Fold;
use super::replay::{log_ref, parse};
use super::{Engine, EngineError, ScoredSnapshot, Snapshot};
use crate::integrity::CorpusEvidence;
use crate::journal::Record;
use crate::threads::cancel::Cancel;

/// The past that was asked for last: pages of one list follow each other.
#[derive(Default)]
pub(super) struct LastPast(Mutex<Option<Held>>);

struct Held {
    day: u32,
    generation: u64,
    past: ScoredSnapshot,
}

impl Engine {
    /// What was known when the clock left a day, since 1970: exactly the snapshot that was
    /// published then, but for its history, and evidence gathered from it by the active model
    /// version. A day that is not over is now. Replays the log up to
    /// there, one caller at a time: call it off the async threads.
    pub fn as_of(&self, day: u32, cancel: &Cancel) -> Result<ScoredSnapshot, EngineError> {
        let scored = self.scored();
        let now = &scored.snapshot;
        if now.state.watermark().is_none_or(|clock| clock.day() <= day) {
            return Ok(scored);
        }
        let active = self.models.active();
        let mut last = self.past.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = &*last
            && (held.day, held.generation) == (day, now.generation)
            && held.past.evidence.model_version() == active.name()
        {
            return Ok(held.past.clone());
        }
        // Before the next is made: two pasts at a time are one too many.
        *last = None;
        let snapshot = Arc::new(self.replay_to(day, now.log_sequence, cancel)?);
        let learned = active.learned();
        let evidence = CorpusEvidence::gather_by(&snapshot.state, learned, cancel);
        let past = ScoredSnapshot {
            evidence: evidence.map_err(|_| EngineError::Cancelled)?,
            snapshot,
        };
        *last = Some(Held {
            day,
            generation: now.generation,
            past: past.clone(),
        });
        Ok(past)
    }

    fn replay_to(&self, day: u32, last: u64, cancel: &Cancel) -> Result<Snapshot, EngineError> {
        let mut fold = Fold::default();
        let mut ended = false;
        let mut log_sequence = 0;
        let most = self.look_back_events_max;
        let read = self
            .journal
            .frames(1..=last, |sequence, _, record: Record| {
                for (index, event) in parse(sequence, &record)?.iter().enumerate() {
                    cancel.check().map_err(|_| EngineError::Cancelled)?;
                    ended = event.time().is_some_and(|time| time.day() > day);
                    if ended {
                        return Err(EngineError::Cancelled);
                    }
                    if fold.state.event_count() == most {
                        return Err(EngineError::LookBack(most));
                    }
                    fold.apply(event, log_ref(sequence, index)?)
                        .map_err(|full| EngineError::Full(full.to_string()))?;
                }
                // Rows of ended months are in the store already, and nobody watches the past.
                fold.take_ended();
                fold.take_changed_rows();
                log_sequence = sequence;
                Ok(())
            });
        match read {
            // Reading was stopped where the day ends.
            Err(EngineError::Cancelled) if ended => {}
            read => read?,
        }
        Ok(Snapshot {
            state: fold.state,
            log_sequence,
            ..Snapshot::default()
        })
    }
}
