//! Evidence is gathered beside the work: one thread, which takes a bounded share of the time.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use super::moves::{Moves, Touched};
use super::{PassesConfig, Published};
use crate::integrity::Evidence;
use crate::metrics::{Pass, Passes};

/// Least rest.
const REST_LEAST: Duration = Duration::from_millis(100);
/// How often news is looked for while resting.
const SLICE: Duration = Duration::from_millis(20);

/// What the newest pass found.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) evidence: Evidence,
    /// Erasures before the snapshot: its rows mean nothing after another one.
    pub(super) rebuilds: u64,
    /// What the pass took.
    pub(super) took: Duration,
}

impl Gathered {
    /// Whether the evidence is of this snapshot.
    pub(super) fn is_of(&self, published: &Published) -> bool {
        let of = (published.rebuilds, published.state.event_count());
        (self.rebuilds, self.evidence.event_count()) == of
    }
}

/// Gathers evidence from published snapshots.
pub(super) struct Gatherer {
    pub(super) published: Arc<ArcSwap<Published>>,
    pub(super) gathered: Arc<ArcSwap<Gathered>>,
    pub(super) moves: Arc<Moves>,
    pub(super) metrics: Passes,
    pub(super) passes: PassesConfig,
    /// Rung after each publication; closed when the service ends.
    pub(super) bell: Receiver<()>,
}

impl Gatherer {
    /// Makes passes until the service ends. Nobody needs to wait for it: it writes nothing.
    pub(super) fn run(self) {
        loop {
            self.pass();
            if self.rest().is_none() {
                return;
            }
        }
    }

    /// A pass over the newest snapshot, unless the evidence is of it.
    fn pass(&self) {
        let published = self.published.load_full();
        if self.gathered.load().is_of(&published) {
            return;
        }
        let started = Instant::now();
        let span = tracing::debug_span!("evidence", events = published.state.event_count());
        let _entered = span.enter();
        let evidence = Evidence::gather(&published.state);
        let rebuilds = published.rebuilds;
        let took = started.elapsed();
        let before = self.gathered.load_full();
        let told = (before.rebuilds == rebuilds)
            .then(|| Touched::by_evidence(&published.state, &before.evidence, &evidence));
        let counts = (before.evidence.event_count(), evidence.event_count());
        drop(published);
        tracing::debug!(?took, "evidence is gathered");
        self.metrics.ended(Pass::Evidence, took);
        self.gathered.store(Arc::new(Gathered {
            evidence,
            rebuilds,
            took,
        }));
        match told {
            Some(told) => self.moves.regather(counts, told),
            None => self.moves.renumber(),
        }
    }

    /// Waits until the next pass may begin and there is news; none at the end of the service.
    fn rest(&self) -> Option<()> {
        let took = self.gathered.load().took;
        let least = REST_LEAST.max(self.passes.rest(took));
        let quiet = self.passes.quiet.0.max(took);
        let started = Instant::now();
        let (mut news, mut last) = (false, started);
        loop {
            match self.bell.try_recv() {
                Ok(()) => (news, last) = (true, Instant::now()),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return None,
            }
            if started.elapsed() >= least || last.elapsed() >= quiet {
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
