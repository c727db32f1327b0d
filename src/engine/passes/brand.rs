//! The brand pass: the progress of all sellers, and of the peers that they are compared with.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use super::{Arrivals, PassLoop};
use crate::brand::Config;
use crate::engine::brand_progress::ProgressSnapshot;
use crate::engine::snapshots::ScoredSnapshot;
use crate::instruments::{Pass, Worker};
use crate::state::SellerIx;

/// Most sellers that are computed at a time, which bounds how long a snapshot is held.
const STALE_MAX: usize = 1000;
/// While events keep coming, peers are refreshed once new events are this part of all.
const GROWTH_DIVISOR: u64 = 3;
/// Time without events after which peers are refreshed, too.
const QUIET: Duration = Duration::from_millis(500);

/// Reads the newest brand progress. Clones share it.
#[derive(Clone, Default)]
pub struct BrandProgress(Arc<ArcSwapOption<ProgressSnapshot>>);

impl BrandProgress {
    /// The newest progress; none before the first pass ends.
    pub fn newest(&self) -> Option<Arc<ProgressSnapshot>> {
        self.0.load_full()
    }
}

/// Computes brand progress from published snapshots.
pub(in crate::engine) struct BrandPass {
    passes: PassLoop,
    config: Arc<Config>,
    progress: BrandProgress,
    /// Events at which no seller was stale: no walk over all sellers is needed.
    settled_at: Option<u64>,
}

/// The result of a pass.
struct Outcome {
    snapshot: ProgressSnapshot,
    pass: Pass,
    /// Number of sellers that were computed.
    sellers: usize,
}

impl BrandPass {
    pub(in crate::engine) fn new(passes: PassLoop, config: Config) -> Self {
        Self {
            passes,
            config: Arc::new(config),
            progress: BrandProgress::default(),
            settled_at: None,
        }
    }

    /// The handle that reads the results.
    pub(in crate::engine) fn progress(&self) -> BrandProgress {
        self.progress.clone()
    }

    /// Makes passes until the service ends.
    pub(in crate::engine) fn run(&mut self) {
        let passes = self.passes.clone();
        passes.run(|scored, arrivals| {
            let events = scored.snapshot.state.event_count();
            passes.poison.panic_for_tests(Worker::Brand, events);
            let started = Instant::now();
            let outcome = self.pass(scored, arrivals)?;
            self.progress.0.store(Some(Arc::new(outcome.snapshot)));
            let took = started.elapsed();
            passes.metrics.ended(outcome.pass, took);
            passes.metrics.computed(outcome.sellers);
            Some(took)
        });
    }

    /// Computes peers or some sellers, if that is due.
    fn pass(&mut self, scored: &ScoredSnapshot, arrivals: &Arrivals) -> Option<Outcome> {
        let snapshot = &scored.snapshot;
        let events = snapshot.state.event_count();
        let newest = self.progress.newest();
        let Some(newest) = newest.filter(|newest| newest.has_rows_of(snapshot)) else {
            let ready = events == 0 || scored.evidence.event_count() > 0;
            return ready.then(|| self.refresh(scored)).flatten();
        };
        let behind = newest.events_behind(snapshot);
        // At rest the result is a function of the log: evidence of the snapshot is waited for.
        let current = scored.evidence.event_count() == events;
        let changed = behind > 0 || newest.has_old_evidence(scored);
        let due = arrivals.quiet() >= QUIET && current && changed;
        if due || behind > events / GROWTH_DIVISOR {
            let span = tracing::debug_span!("brand_refresh", events);
            let _entered = span.enter();
            return self.refresh(scored);
        }
        if self.settled_at == Some(events) {
            return None;
        }
        let all_stale = newest.model.stale(&snapshot.state);
        let stale: Vec<SellerIx> = all_stale.take(STALE_MAX).collect();
        if stale.is_empty() {
            self.settled_at = Some(events);
            return None;
        }
        Some(Outcome {
            snapshot: newest.updated(snapshot, &stale),
            pass: Pass::BrandUpdate,
            sellers: stale.len(),
        })
    }

    fn refresh(&self, scored: &ScoredSnapshot) -> Option<Outcome> {
        let PassLoop { newest, stop, .. } = &self.passes;
        // Evidence comes first: the result depends on it, and two passes at once are both late.
        let go_on = || {
            while newest.evidence_underway.load(Ordering::Acquire) {
                if !stop.wait() {
                    return false;
                }
            }
            !stop.is_asked()
        };
        Some(Outcome {
            snapshot: ProgressSnapshot::refresh(scored, &self.config, &go_on)?,
            pass: Pass::BrandRefresh,
            sellers: scored.snapshot.state.sellers().len() as usize,
        })
    }
}
