//! Point-in-time reads: the state as it was when the clock left a day, replayed from the log.

use std::sync::{Arc, Mutex, PoisonError};

use super::fold::Fold;
use super::replay::{log_ref, parse};
use super::{EngineError, ScoredSnapshot, Snapshot, Snapshots};
use crate::integrity::CorpusEvidence;
use crate::journal::Record;
use crate::threads::cancel::Cancel;

/// The snapshot of the past day that was read last: pages of one list follow each other.
#[derive(Default)]
pub(super) struct AsOfCache(Mutex<Option<Cached>>);

struct Cached {
    day: u32,
    generation: u64,
    scored: ScoredSnapshot,
}

impl Snapshots {
    /// Reads the snapshot that was published when the clock left a day, in days since 1970, but for
    /// its history. Its evidence is computed by the active model version. A day that is not over
    /// reads the newest snapshot. Replays the log, one caller at a time: call it off the async
    /// threads.
    pub fn as_of(&self, day: u32, cancel: &Cancel) -> Result<ScoredSnapshot, EngineError> {
        let now = self.scored();
        let clock = now.snapshot.state.watermark();
        if clock.is_none_or(|clock| clock.day() <= day) {
            return Ok(now);
        }
        let Snapshot {
            generation,
            log_sequence,
            ..
        } = *now.snapshot;
        let active = self.models.active();
        let mut cached = self
            .as_of_cache
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = &*cached
            && (last.day, last.generation) == (day, generation)
            && last.scored.evidence.model_version() == active.name()
        {
            return Ok(last.scored.clone());
        }
        // Dropped before the next is made, which halves the memory that they need.
        *cached = None;
        let snapshot = Arc::new(self.replay_to(day, log_sequence, cancel)?);
        let learned = active.learned();
        let evidence = CorpusEvidence::gather_by(&snapshot.state, learned, cancel);
        let scored = ScoredSnapshot {
            evidence: evidence.map_err(|_| EngineError::Cancelled)?,
            snapshot,
        };
        *cached = Some(Cached {
            day,
            generation,
            scored: scored.clone(),
        });
        Ok(scored)
    }

    fn replay_to(&self, day: u32, last: u64, cancel: &Cancel) -> Result<Snapshot, EngineError> {
        let mut fold = Fold::default();
        let mut ended = false;
        let mut log_sequence = 0;
        let most = self.as_of_events_max;
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
                // Rows of ended months are in the store already, and past days are not watched.
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
