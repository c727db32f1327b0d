//! The two clocks of the system.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A wall clock and a monotonic one.
pub(super) trait Source: fmt::Debug + Send + Sync {
    /// Milliseconds since 1970.
    fn wall_ms(&self) -> i64;
    /// Milliseconds since the start.
    fn elapsed_ms(&self) -> i64;
}

/// Moves the wall clock forward by so much, once so much time has passed: `76y@0s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockForTests {
    ahead: Duration,
    after: Duration,
}

impl FromStr for ClockForTests {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('@');
        let (ahead, after) = parts.ok_or_else(|| "AHEAD@AFTER is required".to_owned())?;
        let span = |text| humantime::parse_duration(text).map_err(|error| error.to_string());
        Ok(Self {
            ahead: span(ahead)?,
            after: span(after)?,
        })
    }
}

/// The clocks of the operating system.
#[derive(Debug)]
pub(super) struct System {
    started: Duration,
    for_tests: Option<ClockForTests>,
}

impl System {
    pub(super) fn start(for_tests: Option<ClockForTests>) -> Self {
        Self {
            started: monotonic(),
            for_tests,
        }
    }
}

impl Source for System {
    #[allow(clippy::disallowed_methods, reason = "events arrive here")]
    fn wall_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut wall = since.unwrap_or_default();
        if let Some(ClockForTests { ahead, after }) = self.for_tests
            && monotonic().saturating_sub(self.started) >= after
        {
            wall += ahead;
        }
        millis(wall)
    }

    fn elapsed_ms(&self) -> i64 {
        millis(monotonic().saturating_sub(self.started))
    }
}

/// Time since the system booted, sleep included: a system that slept has not jumped.
#[cfg(target_os = "linux")]
fn monotonic() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(time).unwrap_or_default()
}

/// Time since the first call.
#[cfg(not(target_os = "linux"))]
fn monotonic() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static FIRST: OnceLock<Instant> = OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed()
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
