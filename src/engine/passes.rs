//! How much of the processor passes beside the work may take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::{Fault, Section, Span};

/// Section `[passes]`: evidence and brand progress are gathered beside the work, each by a thread
/// that makes passes over snapshots and rests between them; a pass for evidence lends itself two more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PassesConfig {
    /// Share of the time that the passes of each may take while events come, 0.001 to 1. Less of it,
    /// and what is shown is older.
    pub share: f64,
    /// Without events for so long, or for as long as a pass took if that is longer, the service is
    /// taken to be idle, and no pass waits any more. 10ms to 1d.
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
    /// How long to rest after a pass that took so long.
    pub fn rest(&self, took: Duration) -> Duration {
        // Beyond what a duration holds is beyond anybody's patience.
        let seconds = took.as_secs_f64() * (1.0 / self.share - 1.0);
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// Whether nobody needs to wait any more after a pass that took so long, as no event came for so
    /// long.
    pub fn idle(&self, took: Duration, without_events: Duration) -> bool {
        without_events >= self.quiet.0.max(took)
    }
}

/// Lets everybody else go first: this thread, and those that it starts, get a tenth of what a thread
/// that serves gets where both want a core. Where that cannot be had, the rest between passes is
/// all that bounds them.
pub fn step_back() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::setpriority_process;
        // A nice value belongs to a thread on Linux, and a step is worth a quarter.
        const NICE: i32 = 10;
        if let Err(error) = setpriority_process(Some(rustix::thread::gettid()), NICE) {
            tracing::debug!(%error, "passes run beside the work, not behind it");
        }
    }
}

impl Section for PassesConfig {
    fn check(&self) -> Vec<Fault> {
        let Self { share, quiet } = self;
        let mut found = Vec::new();
        if !(0.001..=1.0).contains(share) {
            let said = format!("is {share}; 0.001 to 1 is allowed");
            found.push(Fault::new("share", said));
        }
        let allowed = Span(Duration::from_millis(10))..=Span::seconds(86_400);
        if !allowed.contains(quiet) {
            let said = format!("is {quiet}; 10ms to 1d is allowed");
            found.push(Fault::new("quiet", said));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn who_steps_back_takes_nobody_along() {
        use rustix::process::getpriority_process;
        let nice = || getpriority_process(Some(rustix::thread::gettid())).expect("known");
        let before = nice();
        let behind = std::thread::Builder::new().spawn(move || {
            step_back();
            nice()
        });
        assert_eq!(
            behind.expect("a thread").join().expect("ended"),
            10.max(before)
        );
        assert_eq!(nice(), before);
    }

    #[test]
    fn a_tenth_rests_nine_times_as_long() {
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
    fn each_key_names_what_it_allows() {
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
