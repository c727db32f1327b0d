//! Evidence is gathered beside the work: one thread, which takes a bounded share of the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use super::change_feed::{ChangeFeed, ChangedRows};
use super::{PassesConfig, Poison, Snapshot, step_back};
use crate::instruments::{Pass, Passes, Worker};
use crate::integrity::CorpusEvidence;
use crate::integrity::learn::Learned;
use crate::models::Registry;
use crate::threads::cancel::{Cancel, Cancelled};

/// Least rest.
const REST_LEAST: Duration = Duration::from_millis(100);
/// How often news is looked for while resting.
const SLICE: Duration = Duration::from_millis(20);

/// What the newest pass found.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) evidence: CorpusEvidence,
    /// Erasures before the snapshot: its rows mean nothing after another one.
    pub(super) generation: u64,
    /// What the pass took.
    pub(super) took: Duration,
}

impl Gathered {
    /// Whether the evidence is of this snapshot, and by this model version.
    pub(super) fn is_of(&self, snapshot: &Snapshot, model_version: &str) -> bool {
        self.evidence.model_version() == model_version && self.has_seen(snapshot)
    }

    /// Whether the evidence is of this snapshot, by whichever version.
    pub(super) fn has_seen(&self, snapshot: &Snapshot) -> bool {
        let of = (snapshot.generation, snapshot.state.event_count());
        (self.generation, self.evidence.event_count()) == of
    }

    /// Gathers evidence of a snapshot by several versions in one walk; none is the program's own model.
    /// Campaigns do not depend on the version, and are searched only in a new snapshot.
    pub(super) fn evidence_by<const N: usize>(
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

/// True as long as it is held, however a pass ends.
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

/// Gathers evidence from published snapshots.
pub(super) struct Gatherer {
    pub(super) poison: Poison,
    pub(super) newest: Arc<ArcSwap<Snapshot>>,
    pub(super) gathered: Arc<ArcSwap<Gathered>>,
    pub(super) change_feed: Arc<ChangeFeed>,
    pub(super) models: Arc<Registry>,
    pub(super) metrics: Passes,
    pub(super) passes: PassesConfig,
    /// Whether a pass is under way: long work that can wait then leaves the processor to it.
    pub(super) gathering: Arc<AtomicBool>,
    /// Rung after each publication and change of versions; closed when the service ends.
    pub(super) bell: Receiver<()>,
}

impl Gatherer {
    /// Makes passes until the service ends. Nobody needs to wait for it: it writes nothing.
    pub(super) fn run(&mut self) {
        step_back();
        loop {
            self.pass();
            if self.rest().is_none() {
                return;
            }
        }
    }

    /// A pass over the newest snapshot, unless the evidence is of it. Where only versions have
    /// changed, campaigns stay as they were found.
    fn pass(&self) {
        let snapshot = self.newest.load_full();
        let active = self.models.active();
        let before = self.gathered.load_full();
        if before.is_of(&snapshot, active.name()) {
            return;
        }
        self.poison
            .panic_for_tests(Worker::Evidence, snapshot.state.event_count());
        let _underway = Underway::begin(&self.gathering);
        let started = Instant::now();
        let span = tracing::debug_span!("evidence", events = snapshot.state.event_count());
        let _entered = span.enter();
        let generation = snapshot.generation;
        let gathered = before.evidence_by(&snapshot, &[active.learned()], &Cancel::default());
        // Nobody cancels a pass.
        let [evidence] = gathered.unwrap_or_default();
        let took = started.elapsed();
        // Readers saw no evidence since an erasure, which gave rows new numbers.
        let seen = if before.generation == generation {
            before.evidence.clone()
        } else {
            CorpusEvidence::default()
        };
        let changed = ChangedRows::by_evidence(&snapshot.state, &seen, &evidence);
        drop(snapshot);
        tracing::debug!(?took, "evidence is gathered");
        self.metrics.ended(Pass::Evidence, took);
        self.gathered.store(Arc::new(Gathered {
            evidence,
            generation,
            took,
        }));
        self.change_feed.evidence_changed(&changed);
    }

    /// Waits until the next pass may begin and there is news; none at the end of the service.
    fn rest(&self) -> Option<()> {
        let took = self.gathered.load().took;
        let least = REST_LEAST.max(self.passes.rest(took));
        let started = Instant::now();
        let (mut news, mut last) = (false, started);
        loop {
            match self.bell.try_recv() {
                Ok(()) => (news, last) = (true, Instant::now()),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return None,
            }
            if started.elapsed() >= least || self.passes.idle(took, last.elapsed()) {
                break;
            }
            std::thread::sleep(SLICE);
        }
        if news {
            return Some(());
        }
        self.bell.recv().ok()
    }
}
