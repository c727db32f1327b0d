//! What readers ask the engine for; none of it waits for the writer.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::{ChangeFeed, Engine, PassesConfig, QUEUE_EVENTS, Queue, Snapshot};
use crate::integrity::CorpusEvidence;
use crate::journal::Journal;
use crate::privacy::Pseudonyms;
use crate::store::Store;
use crate::telemetry::Instruments;

/// A snapshot, and the newest evidence that is not newer than it.
#[derive(Clone, Debug)]
pub struct ScoredSnapshot {
    /// The snapshot.
    pub snapshot: Arc<Snapshot>,
    /// The evidence.
    pub evidence: CorpusEvidence,
}

impl Engine {
    /// Reads history, with the snapshot whose rows it speaks of. Blocks while an erasure replaces
    /// it.
    pub fn with_history<T>(&self, read: impl FnOnce(&Snapshot, &dyn Store) -> T) -> T {
        let _open = self.history.read().unwrap_or_else(PoisonError::into_inner);
        read(&self.newest(), self.store.as_ref())
    }

    /// Changed subjects, for the one thread that watches them.
    pub fn change_feed(&self) -> &ChangeFeed {
        &self.change_feed
    }

    /// How ids of people are kept.
    pub const fn pseudonyms(&self) -> &Pseudonyms {
        &self.pseudonyms
    }

    /// The newest published snapshot.
    pub fn newest(&self) -> Arc<Snapshot> {
        self.newest.load_full()
    }

    /// The newest published snapshot with the newest evidence.
    pub fn scored(&self) -> ScoredSnapshot {
        // In this order: what evidence rests on was published before.
        let gathered = self.gathered.load_full();
        let snapshot = self.newest();
        // After an erasure rows have other numbers: until the next pass nothing is known of them.
        let comparable = gathered.generation == snapshot.generation;
        let evidence = comparable.then(|| gathered.evidence.clone());
        ScoredSnapshot {
            snapshot,
            evidence: evidence.unwrap_or_default(),
        }
    }

    /// Whether a pass for evidence is under way.
    pub fn is_gathering(&self) -> bool {
        self.gathering.load(Ordering::Acquire)
    }

    /// What the newest pass for evidence took.
    pub fn evidence_took(&self) -> Duration {
        self.gathered.load().took
    }

    /// Waits until the evidence is that of the newest snapshot.
    pub async fn settled(&self) {
        loop {
            let active = self.models.active();
            let is_settled = self.gathered.load().is_of(&self.newest(), active.name());
            if is_settled || self.gatherer.is_finished() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The record that the newest checkpoint covers; 0 without one.
    pub fn checkpoint_sequence(&self) -> u64 {
        self.covered.load(Ordering::Acquire)
    }

    /// What waits for the writer just now.
    pub fn queue(&self) -> Queue {
        let queue = self.queue.load();
        let submissions = queue
            .as_ref()
            .as_ref()
            .map_or(0, |sender| sender.max_capacity() - sender.capacity());
        Queue {
            submissions,
            events: QUEUE_EVENTS - self.room.available_permits(),
            events_max: QUEUE_EVENTS,
        }
    }

    /// What the engine records with.
    pub fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    /// How much passes beside the work may take.
    pub const fn passes(&self) -> &PassesConfig {
        &self.passes
    }

    /// The log, for readers.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The store, for readers.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }
}
