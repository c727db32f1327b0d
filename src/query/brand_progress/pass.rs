//! Keeps the progress of all sellers current on a thread of its own; readers never wait for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use super::ProgressSnapshot;
use crate::brand::Config;
use crate::engine::{Engine, EngineError, ScoredSnapshot, Snapshot, step_back};
use crate::instruments::{Pass, Worker};
use crate::state::SellerIx;

/// Pause between two looks at the newest snapshot.
const POLL: Duration = Duration::from_millis(50);
/// Most sellers that are computed at a time, which bounds how long a snapshot is held.
const STALE_MOST: usize = 1000;
/// Peers are refreshed while events keep coming once they are this part of all.
const GROWTH_DIVISOR: u64 = 3;
/// Time without events after which peers are refreshed, too.
const QUIET: Duration = Duration::from_millis(500);

/// The pass over brand progress, and its newest result.
#[derive(Debug)]
pub struct BrandPass {
    newest: Arc<ArcSwapOption<ProgressSnapshot>>,
    stop: Arc<StopSignal>,
    thread: Option<JoinHandle<()>>,
}

/// Asks the thread to stop, and wakes it.
#[derive(Debug, Default)]
struct StopSignal {
    requested: AtomicBool,
    lock: Mutex<()>,
    wakeup: Condvar,
}

impl StopSignal {
    /// Waits for a time or until a stop is requested; returns whether to go on.
    fn wait(&self, time: Duration) -> bool {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_requested() {
            // Waking early means that a stop was requested.
            drop(self.wakeup.wait_timeout(guard, time));
        }
        !self.is_requested()
    }

    fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }

    fn request(&self) {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.requested.store(true, Ordering::Release);
        drop(guard);
        self.wakeup.notify_all();
    }
}

impl BrandPass {
    /// Starts the thread.
    pub fn start(engine: Engine, config: Config) -> Result<Self, EngineError> {
        let newest: Arc<ArcSwapOption<ProgressSnapshot>> = Arc::default();
        let passes = &engine.instruments().metrics.passes;
        passes.watch_brand(Arc::clone(&newest));
        let stop: Arc<StopSignal> = Arc::default();
        let poison = engine.poison().clone();
        let worker = Keeper {
            engine,
            config: Arc::new(config),
            newest: Arc::clone(&newest),
            stop: Arc::clone(&stop),
        };
        let thread = poison.spawn(Worker::Brand, move || worker.run())?;
        Ok(Self {
            newest,
            stop,
            thread: Some(thread),
        })
    }

    /// The newest progress; none before the first pass ends.
    pub fn newest(&self) -> Option<Arc<ProgressSnapshot>> {
        self.newest.load_full()
    }
}

impl Drop for BrandPass {
    fn drop(&mut self) {
        self.stop.request();
        if let Some(thread) = self.thread.take() {
            // Its panic was noted.
            let _ = thread.join();
        }
    }
}

/// Result of a pass.
struct Outcome {
    snapshot: ProgressSnapshot,
    pass: Pass,
    /// Number of sellers that were computed.
    sellers: usize,
}

struct Keeper {
    engine: Engine,
    config: Arc<Config>,
    newest: Arc<ArcSwapOption<ProgressSnapshot>>,
    stop: Arc<StopSignal>,
}

impl Keeper {
    fn run(&self) {
        step_back();
        let mut pace = Pace::new();
        loop {
            let scored = self.engine.scored();
            let started = Instant::now();
            pace.observe(&scored.snapshot);
            let poison = self.engine.poison();
            poison.panic_for_tests(Worker::Brand, scored.snapshot.state.event_count());
            let outcome = self.pass(&scored, &mut pace);
            drop(scored);
            let took = outcome.map_or(Duration::ZERO, |outcome| self.publish(outcome, started));
            if !self.rest(took, &mut pace) {
                return;
            }
        }
    }

    /// Rests after a pass that took this long, less while no events come; false on a request to stop.
    fn rest(&self, took: Duration, pace: &mut Pace) -> bool {
        let passes = self.engine.passes();
        let least = passes.rest(took);
        let started = Instant::now();
        while self.stop.wait(POLL) {
            pace.observe(&self.engine.scored().snapshot);
            if started.elapsed() >= least || passes.idle(took, pace.since.elapsed()) {
                return true;
            }
        }
        false
    }

    /// Publishes a result, and counts the time that it took.
    fn publish(&self, outcome: Outcome, started: Instant) -> Duration {
        self.newest.store(Some(Arc::new(outcome.snapshot)));
        let took = started.elapsed();
        let passes = &self.engine.instruments().metrics.passes;
        passes.ended(outcome.pass, took);
        passes.computed(outcome.sellers);
        took
    }

    fn refresh(&self, scored: &ScoredSnapshot) -> Option<Outcome> {
        // Evidence comes first: the result depends on it, and two passes at once are both late.
        let go_on = || {
            while self.engine.is_gathering() {
                if !self.stop.wait(POLL) {
                    break;
                }
            }
            !self.stop.is_requested()
        };
        Some(Outcome {
            snapshot: ProgressSnapshot::refresh(scored, &self.config, &go_on)?,
            pass: Pass::BrandRefresh,
            sellers: scored.snapshot.state.sellers().len() as usize,
        })
    }

    /// Computes the peers or some sellers, if that is due.
    fn pass(&self, scored: &ScoredSnapshot, pace: &mut Pace) -> Option<Outcome> {
        let snapshot = &scored.snapshot;
        let events = snapshot.state.event_count();
        let newest = self.newest.load_full();
        let Some(newest) = newest.filter(|newest| newest.has_rows_of(snapshot)) else {
            let ready = events == 0 || scored.evidence.event_count() > 0;
            return ready.then(|| self.refresh(scored)).flatten();
        };
        let behind = newest.events_behind(snapshot);
        // At rest the result is a function of the log: evidence of the snapshot is waited for.
        let gathered = scored.evidence.event_count() == events;
        let changed = behind > 0 || newest.has_old_evidence(scored);
        let due = (pace.is_quiet() && gathered && changed) || behind > events / GROWTH_DIVISOR;
        if due {
            let span = tracing::debug_span!("brand_refresh", events);
            let _entered = span.enter();
            return self.refresh(scored);
        }
        if pace.settled {
            return None;
        }
        let all_stale = newest.model.stale(&snapshot.state);
        let stale: Vec<SellerIx> = all_stale.take(STALE_MOST).collect();
        pace.settled = stale.is_empty();
        (!stale.is_empty()).then(|| Outcome {
            snapshot: newest.updated(snapshot, &stale),
            pass: Pass::BrandUpdate,
            sellers: stale.len(),
        })
    }
}

/// The arrival of events.
struct Pace {
    events: u64,
    /// Time of the last ones.
    since: Instant,
    /// No seller was stale at these events, so that no walk over all sellers is needed.
    settled: bool,
}

impl Pace {
    fn new() -> Self {
        Self {
            events: 0,
            since: Instant::now(),
            settled: false,
        }
    }

    fn observe(&mut self, snapshot: &Snapshot) {
        let events = snapshot.state.event_count();
        if events != self.events {
            (self.events, self.since) = (events, Instant::now());
            self.settled = false;
        }
    }

    fn is_quiet(&self) -> bool {
        self.since.elapsed() >= QUIET
    }
}
