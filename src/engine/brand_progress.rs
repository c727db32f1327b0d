//! Progress of all sellers as of a snapshot, with the evidence that it was computed with.

use std::sync::Arc;

use super::{ScoredSnapshot, Snapshot};
use crate::brand::{At, Config, Part, Progress, ProgressModel};
use crate::integrity::{CorpusEvidence, suspicion};
use crate::state::{ReviewIx, SellerIx};

/// The progress model, and the events and evidence that it rests on.
#[derive(Clone, Debug)]
pub struct ProgressSnapshot {
    /// Progress of all sellers.
    pub model: ProgressModel,
    /// Evidence as of the peers, which gives the suspicion of reviews.
    evidence: CorpusEvidence,
    /// Number of events that the peers rest on.
    events: u64,
    /// Erasures before: each renumbers rows.
    generation: u64,
}

/// The progress of one seller.
#[derive(Clone, Debug)]
pub struct SellerProgress {
    /// None where nothing is known.
    pub progress: Option<Arc<Progress>>,
    /// Log record that it rests on.
    pub sequence: u64,
}

const fn at(snapshot: &Snapshot) -> At<'_> {
    At {
        state: &snapshot.state,
        sequence: snapshot.log_sequence,
    }
}

impl ProgressSnapshot {
    /// Computes all sellers and their peers; none when `go_on` stopped it.
    pub(super) fn refresh(
        scored: &ScoredSnapshot,
        config: &Arc<Config>,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let ScoredSnapshot { snapshot, evidence } = scored;
        let state = &snapshot.state;
        let suspicion = |row: ReviewIx| suspicion(state, evidence.campaigns(), row);
        Some(Self {
            model: ProgressModel::compute(at(snapshot), config, &suspicion, 1, go_on)?,
            events: state.event_count(),
            generation: snapshot.generation,
            evidence: evidence.clone(),
        })
    }

    /// Computes some sellers anew, against the peers as they were.
    pub(super) fn updated(&self, snapshot: &Snapshot, sellers: &[SellerIx]) -> Self {
        let state = &snapshot.state;
        let suspicion = |row: ReviewIx| suspicion(state, self.evidence.campaigns(), row);
        let mut next = self.clone();
        next.model.update(at(snapshot), sellers, &suspicion);
        next
    }

    /// Whether its rows are those of a snapshot.
    pub(super) const fn has_rows_of(&self, snapshot: &Snapshot) -> bool {
        self.generation == snapshot.generation
    }

    /// Whether it rests on other evidence than that of a scored snapshot.
    pub(super) fn has_old_evidence(&self, scored: &ScoredSnapshot) -> bool {
        self.evidence.event_count() != scored.snapshot.state.event_count()
            || self.evidence.model_version() != scored.evidence.model_version()
    }

    /// Number of sellers that events touched since their progress was computed. Walks over all
    /// sellers.
    pub fn waiting(&self, snapshot: &Snapshot) -> usize {
        if self.has_rows_of(snapshot) {
            self.model.stale(&snapshot.state).count()
        } else {
            snapshot.state.sellers().len() as usize
        }
    }

    /// Number of events after those that the peers rest on.
    pub fn events_behind(&self, snapshot: &Snapshot) -> u64 {
        snapshot.state.event_count().saturating_sub(self.events)
    }

    /// The progress of a seller; none where its row is not known yet. Progress that no later event
    /// touched is that of the newest record.
    pub fn seller(&self, snapshot: &Snapshot, seller: SellerIx) -> Option<SellerProgress> {
        if !self.has_rows_of(snapshot) {
            return None;
        }
        let cached = self.model.get(seller)?;
        let changed = snapshot.state.sellers().get(seller)?.changed;
        Some(SellerProgress {
            progress: cached.progress.clone(),
            sequence: if changed <= cached.events {
                snapshot.log_sequence
            } else {
                cached.sequence
            },
        })
    }

    /// Computes a seller, or a part of it.
    pub fn examine(&self, snapshot: &Snapshot, seller: SellerIx, part: Part) -> Option<Progress> {
        let state = &snapshot.state;
        let suspicion = |row: ReviewIx| suspicion(state, self.evidence.campaigns(), row);
        self.model.examine(state, seller, part, &suspicion)
    }
}
