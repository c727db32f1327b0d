//! Background passes: threads that score published snapshots beside the work, and how much of the
//! processor they may take.

mod brand;
mod evidence;

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub(super) use brand::BrandPass;
pub use brand::BrandProgress;
pub(super) use evidence::{EvidencePass, EvidenceResult};

use serde::{Deserialize, Serialize};

use super::poison::Poison;
use super::snapshots::{Newest, ScoredSnapshot, Snapshots};
use crate::config::{Fault, Section, Span};
use crate::instruments::Passes;
use crate::threads::cancel::Cancel;

/// Time between two looks at the newest snapshot.
const LOOK: Duration = Duration::from_millis(20);
/// Least rest after a pass while events come.
const REST_MIN: Duration = Duration::from_millis(100);

/// Section `[passes]`. Evidence and brand progress are computed beside the work, each by a thread that
/// makes passes over snapshots and rests between them. An evidence pass starts two more threads.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PassesConfig {
    /// Share of the time that the passes of each may take while events come, 0.001 to 1. With a
    /// smaller share results are older.
    pub share: f64,
    /// Time without events after which the service counts as idle and passes stop resting; or the
    /// duration of the last pass, if that is longer. 10ms to 1d.
    pub quiet: Span,
}

impl Default for PassesConfig {
    fn default() -> Self {
        Self {
            share: 0.1,
            quiet: Span(Duration::from_millis(40)),
        }
    }
}

impl PassesConfig {
    /// Computes the rest after a pass that took so long.
    pub fn rest(&self, took: Duration) -> Duration {
        let seconds = took.as_secs_f64() * (1.0 / self.share - 1.0);
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// Whether the service is idle: no event came for so long, after a pass that took so long.
    pub fn idle(&self, took: Duration, without_events: Duration) -> bool {
        without_events >= self.quiet.0.max(took)
    }
}

/// Asks background threads to end, and wakes them.
#[derive(Debug, Default)]
pub(super) struct Stop {
    /// Cancels the work of a pass that is under way.
    cancel: Cancel,
    lock: Mutex<()>,
    wakeup: Condvar,
}

impl Stop {
    /// Asks all threads to end.
    pub(super) fn ask(&self) {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.cancel.cancel();
        drop(guard);
        self.wakeup.notify_all();
    }

    /// Whether the end was asked for.
    pub(super) fn is_asked(&self) -> bool {
        self.cancel.check().is_err()
    }

    /// The flag that long work looks at.
    pub(super) const fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Waits for a moment; returns whether to go on.
    pub(super) fn wait(&self) -> bool {
        self.wait_for(LOOK)
    }

    /// Waits so long; returns whether to go on.
    pub(super) fn wait_for(&self, time: Duration) -> bool {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_asked() {
            // Waking early means that the end was asked for.
            drop(self.wakeup.wait_timeout(guard, time));
        }
        !self.is_asked()
    }
}

/// The arrival of events, as a pass sees it.
pub(super) struct Arrivals {
    events: u64,
    since: Instant,
}

impl Arrivals {
    /// Time since the last events came.
    pub(super) fn quiet(&self) -> Duration {
        self.since.elapsed()
    }

    fn see(&mut self, events: u64) {
        if events != self.events {
            (self.events, self.since) = (events, Instant::now());
        }
    }
}

/// Runs passes over the newest snapshot until the service ends.
#[derive(Clone)]
pub(super) struct PassLoop {
    pub(super) newest: Arc<Newest>,
    pub(super) config: PassesConfig,
    pub(super) stop: Arc<Stop>,
    pub(super) metrics: Passes,
    pub(super) poison: Poison,
}

impl PassLoop {
    pub(super) fn new(snapshots: &Snapshots, config: PassesConfig, metrics: Passes) -> Self {
        Self {
            newest: Arc::clone(&snapshots.newest),
            config,
            stop: Arc::clone(&snapshots.stop),
            metrics,
            poison: snapshots.poison.clone(),
        }
    }

    /// Repeats `pass`, which returns its duration, or none where nothing was to be done.
    pub(super) fn run(&self, mut pass: impl FnMut(&ScoredSnapshot, &Arrivals) -> Option<Duration>) {
        lower_thread_priority();
        let mut arrivals = Arrivals {
            events: 0,
            since: Instant::now(),
        };
        loop {
            let scored = self.newest.scored();
            arrivals.see(scored.snapshot.state.event_count());
            let took = pass(&scored, &arrivals);
            // A snapshot is not held while the thread rests.
            drop(scored);
            let rest_on = match took {
                Some(took) => self.rest(took, &mut arrivals),
                None => self.stop.wait(),
            };
            if !rest_on {
                return;
            }
        }
    }

    /// Rests after a pass that took so long, less while no events come; returns whether to go on.
    fn rest(&self, took: Duration, arrivals: &mut Arrivals) -> bool {
        let least = REST_MIN.max(self.config.rest(took));
        let began = Instant::now();
        while self.stop.wait() {
            arrivals.see(self.newest.snapshot.load().state.event_count());
            if began.elapsed() >= least || self.config.idle(took, arrivals.quiet()) {
                return true;
            }
        }
        false
    }
}

/// Lowers this thread's scheduling priority (nice 10), and that of threads it spawns. Under contention
/// they get about a tenth of a serving thread's processor time. If that is not permitted, only the
/// rest between passes limits them.
pub(super) fn lower_thread_priority() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::setpriority_process;
        // A nice value belongs to a thread on Linux, and each step is worth a factor of about 1.25.
        const NICE: i32 = 10;
        if let Err(error) = setpriority_process(Some(rustix::thread::gettid()), NICE) {
            tracing::debug!(%error, "the priority of passes could not be lowered");
        }
    }
}

impl Section for PassesConfig {
    fn check(&self) -> Vec<Fault> {
        let Self { share, quiet } = self;
        let mut faults = Vec::new();
        if !(0.001..=1.0).contains(share) {
            let message = format!("is {share}; 0.001 to 1 is allowed");
            faults.push(Fault::new("share", message));
        }
        let allowed = Span(Duration::from_millis(10))..=Span::seconds(86_400);
        if !allowed.contains(quiet) {
            let message = format!("is {quiet}; 10ms to 1d is allowed");
            faults.push(Fault::new("quiet", message));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn lower_priority_does_not_leak_to_parent_thread() {
        use rustix::process::getpriority_process;
        let nice = || getpriority_process(Some(rustix::thread::gettid())).expect("known");
        let before = nice();
        let lowered = std::thread::Builder::new().spawn(move || {
            lower_thread_priority();
            nice()
        });
        assert_eq!(
            lowered.expect("a thread").join().expect("ended"),
            10.max(before)
        );
        assert_eq!(nice(), before);
    }

    #[test]
    fn share_of_a_tenth_rests_nine_times_as_long() {
        let tenth = PassesConfig::default();
        let rest = tenth.rest(Duration::from_secs(2)).as_secs_f64();
        assert!((rest - 18.0).abs() < 1e-6, "{rest}");
        let whole = PassesConfig {
            share: 1.0,
            ..tenth
        };
        assert_eq!(whole.rest(Duration::from_secs(2)), Duration::ZERO);
    }

    #[test]
    fn values_out_of_range_are_reported_by_key() {
        assert_eq!(PassesConfig::default().check(), []);
        for share in [0.0, -1.0, 1.5, f64::NAN, f64::INFINITY] {
            let wrong = PassesConfig {
                share,
                quiet: Span::seconds(0),
            };
            let keys: Vec<String> = wrong.check().into_iter().map(|fault| fault.key).collect();
            assert_eq!(keys, ["share", "quiet"], "{share}");
        }
    }
}
