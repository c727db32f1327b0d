//! Reads of published snapshots; none of them waits for the writer.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::passes::{EvidenceResult, Stop};
use super::point_in_time::AsOfCache;
use super::{EngineError, Poison};
use crate::codec;
use crate::history::OpenMonth;
use crate::integrity::CorpusEvidence;
use crate::journal::Journal;
use crate::models::Registry;
use crate::proto::v1;
use crate::state::{LogRef, State};
use crate::store::Store;

/// Time between two looks of a wait for evidence.
const LOOK: Duration = Duration::from_millis(10);

/// The state after a durable record, as readers see it.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The state.
    pub state: State,
    /// The closed days of the clock's month; earlier months are in the store.
    pub history: OpenMonth,
    /// The record; 0 before the first.
    pub log_sequence: u64,
    /// Erasures since the start: rows of snapshots of another generation are not comparable.
    pub generation: u64,
}

/// A snapshot, and the newest evidence that is not newer than it.
#[derive(Clone, Debug)]
pub struct ScoredSnapshot {
    /// The snapshot.
    pub snapshot: Arc<Snapshot>,
    /// The evidence.
    pub evidence: CorpusEvidence,
}

/// The newest results of the committer and of the evidence pass.
#[derive(Default)]
pub(super) struct Newest {
    pub(super) snapshot: ArcSwap<Snapshot>,
    pub(super) evidence: ArcSwap<EvidenceResult>,
    /// Whether an evidence pass is under way: long work that can wait then leaves the processor to
    /// it.
    pub(super) evidence_underway: AtomicBool,
}

impl Newest {
    /// The newest snapshot with the newest evidence.
    pub(super) fn scored(&self) -> ScoredSnapshot {
        // In this order: the snapshot of the evidence was published before.
        let result = self.evidence.load_full();
        let snapshot = self.snapshot.load_full();
        // After an erasure rows have other numbers: until the next pass there is no evidence.
        let comparable = result.generation == snapshot.generation;
        let evidence = comparable.then(|| result.evidence.clone());
        ScoredSnapshot {
            snapshot,
            evidence: evidence.unwrap_or_default(),
        }
    }
}

/// Reads snapshots, now or as of a past day. Clones are cheap.
#[derive(Clone)]
pub struct Snapshots {
    pub(super) newest: Arc<Newest>,
    pub(super) models: Arc<Registry>,
    pub(super) journal: Arc<Journal>,
    pub(super) store: Arc<dyn Store>,
    /// Held for writing while an erasure replaces history.
    pub(super) history: Arc<RwLock<()>>,
    pub(super) as_of_cache: Arc<AsOfCache>,
    pub(super) as_of_events_max: u64,
    pub(super) stop: Arc<Stop>,
    pub(super) poison: Poison,
}

impl Snapshots {
    /// The newest snapshot.
    pub fn newest(&self) -> Arc<Snapshot> {
        self.newest.snapshot.load_full()
    }

    /// The newest snapshot with the newest evidence.
    pub fn scored(&self) -> ScoredSnapshot {
        self.newest.scored()
    }

    /// Reads history, with the snapshot whose rows it has. Blocks while an erasure replaces it.
    pub fn with_history<T>(&self, read: impl FnOnce(&Snapshot, &dyn Store) -> T) -> T {
        let _open = self.history.read().unwrap_or_else(PoisonError::into_inner);
        read(&self.newest(), self.store.as_ref())
    }

    /// The review in the log at a place, with its texts, which are not kept in memory; none where it
    /// was erased. Blocks on the store.
    pub fn review(&self, log: LogRef) -> Result<Option<v1::Review>, EngineError> {
        let LogRef { sequence, index } = log;
        let entry = self.journal.read_entry(sequence.into(), index.into())?;
        let Some(encoded) = entry else {
            return Ok(None);
        };
        let event = codec::decode(&encoded).map_err(|error| EngineError::Unreadable {
            sequence: sequence.into(),
            index: index.into(),
            detail: error.to_string(),
        })?;
        Ok(match event.payload {
            Some(v1::event::Payload::Review(review)) => Some(review),
            _ => None,
        })
    }

    /// Duration of the newest evidence pass.
    pub fn evidence_took(&self) -> Duration {
        self.newest.evidence.load().took
    }

    /// Whether no more passes are to be expected.
    pub(super) fn is_ending(&self) -> bool {
        self.stop.is_asked() || self.poison.panic().is_some()
    }

    /// Waits until the evidence is that of the newest snapshot, or the service ends.
    pub async fn settled(&self) {
        loop {
            let active = self.models.active();
            let evidence = self.newest.evidence.load();
            if evidence.is_of(&self.newest(), active.name()) || self.is_ending() {
                return;
            }
            drop(evidence);
            tokio::time::sleep(LOOK).await;
        }
    }
}
