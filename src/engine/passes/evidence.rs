//! The evidence pass: campaigns, and the standing of authors, from the newest snapshot.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::PassLoop;
use crate::engine::change_feed::{ChangeFeed, ChangedRows};
use crate::engine::snapshots::Snapshot;
use crate::instruments::{Pass, Worker};
use crate::integrity::CorpusEvidence;
use crate::integrity::learn::Learned;
use crate::models::Registry;
use crate::threads::cancel::{Cancel, Cancelled};

/// The result of the newest pass.
#[derive(Debug, Default)]
pub(in crate::engine) struct EvidenceResult {
    pub(in crate::engine) evidence: CorpusEvidence,
    /// Generation of the snapshot; rows of others are not comparable.
    pub(in crate::engine) generation: u64,
    /// Duration of the pass.
    pub(in crate::engine) took: Duration,
}

impl EvidenceResult {
    /// Whether the evidence is of this snapshot, and by this model version.
    pub(in crate::engine) fn is_of(&self, snapshot: &Snapshot, model_version: &str) -> bool {
        self.evidence.model_version() == model_version && self.has_seen(snapshot)
    }

    /// Whether the evidence is of this snapshot, by whichever version.
    pub(in crate::engine) fn has_seen(&self, snapshot: &Snapshot) -> bool {
        let of = (snapshot.generation, snapshot.state.event_count());
        (self.generation, self.evidence.event_count()) == of
    }

    /// Gathers evidence of a snapshot by several versions in one walk; none is the built-in model.
    /// Campaigns do not depend on the version, and are searched only in a new snapshot.
    pub(in crate::engine) fn evidence_by<const N: usize>(
        &self,
        snapshot: &Snapshot,
        learned: &[Option<&Learned>; N],
        cancel: &Cancel,
    ) -> Result<[CorpusEvidence; N], Cancelled> {
        let state = &snapshot.state;
        let all = if self.has_seen(snapshot) && state.event_count() > 0 {
            self.evidence.by(state, learned, cancel)?
        } else {
            CorpusEvidence::gather_all(state, learned, cancel)?
        };
        // There is one for each version.
        let mut all = all.into_iter();
        Ok(std::array::from_fn(|_| all.next().unwrap_or_default()))
    }
}

/// Sets a flag for as long as it is held, however a pass ends.
struct Underway<'a>(&'a AtomicBool);

impl<'a> Underway<'a> {
    fn begin(flag: &'a AtomicBool) -> Self {
        flag.store(true, Ordering::Release);
        Self(flag)
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Computes evidence from published snapshots.
pub(in crate::engine) struct EvidencePass {
    pub(in crate::engine) passes: PassLoop,
    pub(in crate::engine) change_feed: Arc<ChangeFeed>,
    pub(in crate::engine) models: Arc<Registry>,
}

impl EvidencePass {
    /// Makes passes until the service ends.
    pub(in crate::engine) fn run(&self) {
        self.passes.run(|scored, _| self.pass(&scored.snapshot));
    }

    /// Makes a pass over a snapshot, unless the evidence is of it. Where only versions have changed,
    /// campaigns stay as they were found.
    fn pass(&self, snapshot: &Snapshot) -> Option<Duration> {
        let newest = &self.passes.newest;
        let active = self.models.active();
        let before = newest.evidence.load_full();
        if before.is_of(snapshot, active.name()) {
            return None;
        }
        let events = snapshot.state.event_count();
        self.passes.poison.panic_for_tests(Worker::Evidence, events);
        let _underway = Underway::begin(&newest.evidence_underway);
        let started = Instant::now();
        let span = tracing::debug_span!("evidence", events);
        let _entered = span.enter();
        let generation = snapshot.generation;
        // Cancelled at the end of the service.
        let cancel = self.passes.stop.cancel();
        let computed = before.evidence_by(snapshot, &[active.learned()], cancel);
        let [evidence] = computed.ok()?;
        let took = started.elapsed();
        // Readers saw no evidence since an erasure, which gave rows new numbers.
        let seen = if before.generation == generation {
            before.evidence.clone()
        } else {
            CorpusEvidence::default()
        };
        let changed = ChangedRows::by_evidence(&snapshot.state, &seen, &evidence);
        tracing::debug!(?took, "evidence is computed");
        self.passes.metrics.ended(Pass::Evidence, took);
        newest.evidence.store(Arc::new(EvidenceResult {
            evidence,
            generation,
            took,
        }));
        self.change_feed.evidence_changed(&changed);
        Some(took)
    }
}
