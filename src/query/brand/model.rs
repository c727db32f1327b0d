//! The read model: a thread of its own keeps everybody's progress, and readers never wait for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use crate::brand::gather::Part;
use crate::brand::{At, Board, Config, Progress};
use crate::engine::{Engine, EngineError, ScoredSnapshot, Snapshot, step_back};
use crate::instruments::{Pass, Worker};
use crate::integrity::{CorpusEvidence, suspicion};

/// Between two looks at what was published.
const LOOK: Duration = Duration::from_millis(50);
/// Sellers that are computed anew at a time: a snapshot is held no longer than that takes.
const STALE_MOST: usize = 1000;
/// Fewest events after which peers are refreshed while events keep coming: a part of all.
const GROWTH_DIVISOR: u64 = 3;
/// Without events for this long, peers are refreshed too.
const QUIET: Duration = Duration::from_millis(500);

/// A board and what it was made with.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Everybody's progress.
    pub board: Board,
    /// Evidence as of the peers, which doubt rests on.
    evidence: CorpusEvidence,
    /// Events that the peers rest on.
    events: u64,
    /// Erasures before: rows have other numbers after another one.
    generation: u64,
}

/// What is looked up of a seller.
#[derive(Clone, Debug)]
pub struct Looked {
    /// None where nothing is known.
    pub progress: Option<Arc<Progress>>,
    /// Log record that it rests on.
    pub sequence: u64,
}

impl Reading {
    fn of(
        scored: &ScoredSnapshot,
        config: &Arc<Config>,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let ScoredSnapshot { snapshot, evidence } = scored;
        let state = &snapshot.state;
        let doubt = |row: u32| suspicion(state, evidence.campaigns(), row);
        let at = At {
            state,
            sequence: snapshot.log_sequence,
        };
        Some(Self {
            board: Board::compute(at, config, &doubt, 1, go_on)?,
            events: state.event_count(),
            generation: snapshot.generation,
            evidence: evidence.clone(),
        })
    }

    /// Sellers that events touched since what is held of them was computed. Walks over all sellers.
    pub fn waiting(&self, snapshot: &Snapshot) -> usize {
        if self.generation == snapshot.generation {
            self.board.stale(&snapshot.state).count()
        } else {
            snapshot.state.sellers().len() as usize
        }
    }

    /// Events after those that the peers rest on.
    pub fn events_behind(&self, snapshot: &Snapshot) -> u64 {
        snapshot.state.event_count().saturating_sub(self.events)
    }

    fn updated(&self, snapshot: &Snapshot, stale: &[u32]) -> Self {
        let state = &snapshot.state;
        let doubt = |row: u32| suspicion(state, self.evidence.campaigns(), row);
        let at = At {
            state,
            sequence: snapshot.log_sequence,
        };
        let mut next = self.clone();
        next.board.update(at, stale, &doubt);
        next
    }

    /// What is held of a seller. What no event has touched since stands for the newest record.
    pub fn look(&self, snapshot: &Snapshot, seller: u32) -> Option<Looked> {
        if self.generation != snapshot.generation {
            return None;
        }
        let held = self.board.get(seller)?;
        let changed = snapshot.state.sellers().get(seller)?.changed;
        let current = changed <= held.events;
        Some(Looked {
            progress: held.progress.clone(),
            sequence: if current {
                snapshot.log_sequence
            } else {
                held.sequence
            },
        })
    }

    /// A part of a seller, computed now.
    pub fn examine(&self, snapshot: &Snapshot, seller: u32, part: Part) -> Option<Progress> {
        let state = &snapshot.state;
        let doubt = |row: u32| suspicion(state, self.evidence.campaigns(), row);
        self.board.examine(state, seller, part, &doubt)
    }
}

/// The model's thread, and what it made last.
#[derive(Debug)]
pub struct BrandModel {
    reading: Arc<ArcSwapOption<Reading>>,
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Stop {
    asked: AtomicBool,
    lock: Mutex<()>,
    told: Condvar,
}

impl Stop {
    /// Waits; whether to go on.
    fn rest(&self, time: Duration) -> bool {
        let held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.asked.load(Ordering::Acquire) {
            // Woken early means that the end was asked for.
            drop(self.told.wait_timeout(held, time));
        }
        !self.asked.load(Ordering::Acquire)
    }
}

impl BrandModel {
    /// Starts the thread.
    pub fn start(engine: Engine, config: Config) -> Result<Self, EngineError> {
        let reading: Arc<ArcSwapOption<Reading>> = Arc::default();
        let passes = &engine.instruments().metrics.passes;
        passes.watch_brand(Arc::clone(&reading));
        let stop: Arc<Stop> = Arc::default();
        let poison = engine.poison().clone();
        let keeper = Keeper {
            engine,
            config: Arc::new(config),
            reading: Arc::clone(&reading),
            stop: Arc::clone(&stop),
        };
        let thread = poison.spawn(Worker::Brand, move || keeper.run())?;
        Ok(Self {
            reading,
            stop,
            thread: Some(thread),
        })
    }

    /// What was made last; none before the first.
    pub fn reading(&self) -> Option<Arc<Reading>> {
        self.reading.load_full()
    }
}

impl Drop for BrandModel {
    fn drop(&mut self) {
        {
            let _held = self
                .stop
                .lock
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            self.stop.asked.store(true, Ordering::Release);
        }
        self.stop.told.notify_all();
        if let Some(thread) = self.thread.take() {
            // Its panic was noted.
            let _ = thread.join();
        }
    }
}

/// What a pass of the keeper made.
struct Made {
    reading: Reading,
    pass: Pass,
    /// Sellers that were computed.
    sellers: usize,
}

struct Keeper {
    engine: Engine,
    config: Arc<Config>,
    reading: Arc<ArcSwapOption<Reading>>,
    stop: Arc<Stop>,
}

impl Keeper {
    fn run(&self) {
        step_back();
        let mut pace = Pace::new();
        loop {
            let scored = self.engine.scored();
            let started = Instant::now();
            pace.see(&scored.snapshot);
            let poison = self.engine.poison();
            poison.panic_for_tests(Worker::Brand, scored.snapshot.state.event_count());
            let made = self.next(&scored, &mut pace);
            drop(scored);
            let took = made.map_or(Duration::ZERO, |made| self.show(made, started));
            if !self.rest(took, &mut pace) {
                return;
            }
        }
    }

    /// Rests after a pass that took so long, less while no events come; false when asked to stop.
    fn rest(&self, took: Duration, pace: &mut Pace) -> bool {
        let passes = self.engine.passes();
        let least = passes.rest(took);
        let started = Instant::now();
        while self.stop.rest(LOOK) {
            pace.see(&self.engine.scored().snapshot);
            if started.elapsed() >= least || passes.idle(took, pace.since.elapsed()) {
                return true;
            }
        }
        false
    }

    /// Shows what was made from now on, and counts what it took.
    fn show(&self, made: Made, started: Instant) -> Duration {
        self.reading.store(Some(Arc::new(made.reading)));
        let took = started.elapsed();
        let passes = &self.engine.instruments().metrics.passes;
        passes.ended(made.pass, took);
        passes.computed(made.sellers);
        took
    }

    fn refresh(&self, scored: &ScoredSnapshot) -> Option<Made> {
        // Evidence comes first: everything waits for it, and two passes at once are late both.
        let go_on = || {
            while self.engine.is_gathering() {
                if !self.stop.rest(LOOK) {
                    break;
                }
            }
            !self.stop.asked.load(Ordering::Acquire)
        };
        Some(Made {
            reading: Reading::of(scored, &self.config, &go_on)?,
            pass: Pass::BrandRefresh,
            sellers: scored.snapshot.state.sellers().len() as usize,
        })
    }

    /// What to show from now on, if anything is to be done.
    fn next(&self, scored: &ScoredSnapshot, pace: &mut Pace) -> Option<Made> {
        let held = self.reading.load_full();
        let snapshot = &scored.snapshot;
        let events = snapshot.state.event_count();
        let Some(held) = held.filter(|held| held.generation == snapshot.generation) else {
            let some = events == 0 || scored.evidence.event_count() > 0;
            return some.then(|| self.refresh(scored)).flatten();
        };
        let grown = events - held.events.min(events);
        // At rest all follows from the log: evidence of the snapshot is waited for.
        let gathered = scored.evidence.event_count() == events;
        let renewed = grown > 0
            || held.evidence.event_count() != events
            || held.evidence.model_version() != scored.evidence.model_version();
        let due = (pace.quiet() && gathered && renewed) || grown > events / GROWTH_DIVISOR;
        if due {
            let span = tracing::debug_span!("brand_refresh", events);
            let _entered = span.enter();
            return self.refresh(scored);
        }
        if pace.settled {
            return None;
        }
        let stale = held.board.stale(&snapshot.state).take(STALE_MOST);
        let stale: Vec<u32> = stale.collect();
        pace.settled = stale.is_empty();
        (!stale.is_empty()).then(|| Made {
            reading: held.updated(snapshot, &stale),
            pass: Pass::BrandUpdate,
            sellers: stale.len(),
        })
    }
}

/// When the last events came.
struct Pace {
    events: u64,
    since: Instant,
    /// Nobody was stale at these events: no need to look at all sellers again.
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

    fn see(&mut self, snapshot: &Snapshot) {
        let events = snapshot.state.event_count();
        if events != self.events {
            (self.events, self.since) = (events, Instant::now());
            self.settled = false;
        }
    }

    fn quiet(&self) -> bool {
        self.since.elapsed() >= QUIET
    }
}
