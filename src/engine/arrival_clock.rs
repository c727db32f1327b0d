//! The clock of arrivals: the wall clock, as far as other clocks agree with it.
//!
//! Events more than a day ahead of their arrival are refused. A wall clock years ahead would let
//! wrong dates through, and they would keep the watermark there. It is therefore compared twice:
//!
//! - At the start with the time of receipt of the last log record. If it is more than the largest gap
//!   later, arrivals go on from that receipt until the wall clock is set right, or confirmed.
//! - From then on with the monotonic clock. A jump forward is not followed. A jump back is, and so is
//!   the way from there to the time that has passed since the start.
//!
//! Times of receipt in the log come from here too, so that the next start compares with a clock that
//! was believed. Times of the past are never compared: old history is imported as ever.

mod source;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};

pub use source::ClockForTests;
use source::{Source, System};

use crate::domain::Time;

/// The wall clock may be ahead of the monotonic one by so much: corrections of both by NTP, and leap
/// seconds, are far below.
const SLACK_MS: i64 = 3_600_000;
/// The start of a wall clock that is not believed yet.
const NONE: i64 = i64::MIN;

/// How the clock of arrivals is made.
#[derive(Clone, Copy, Debug)]
pub struct ClockOptions {
    /// Longest time between the last receipt and a start that is believed.
    pub gap_max: Duration,
    /// Whether an operator confirms the wall clock of this start.
    pub confirmed: bool,
    /// Moves the wall clock; none but in tests.
    pub for_tests: Option<ClockForTests>,
}

impl ClockOptions {
    /// Longest gap by default: a store that rests for a year needs no confirmation.
    pub const GAP_MAX: Duration = Duration::from_secs(400 * 86_400);
}

impl Default for ClockOptions {
    fn default() -> Self {
        Self {
            gap_max: Self::GAP_MAX,
            confirmed: false,
            for_tests: None,
        }
    }
}

/// Tells when events arrive. Clones share it.
#[derive(Clone, Debug)]
pub struct ArrivalClock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Box<dyn Source>,
    /// Receipt of the last log record at the start; none for an empty log.
    last_receipt_ms: Option<i64>,
    gap_max_ms: i64,
    confirmed: bool,
    /// The wall clock at the start, once it is believed; [`NONE`] before.
    start_ms: AtomicI64,
    /// The doubt that was logged last, so that each is logged once.
    logged: AtomicU8,
}

/// One look at the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Milliseconds since 1970 as they are believed.
    pub ms: i64,
    /// The reason why the wall clock is ahead of that; none while it is believed.
    pub doubt: Option<Doubt>,
}

/// A wall clock that is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What disagrees with it.
    pub cause: DoubtCause,
    /// The wall clock, in milliseconds since 1970.
    pub wall_ms: i64,
    /// The time that is believed instead.
    pub believed_ms: i64,
}

/// What disagrees with a wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoubtCause {
    /// The last log record was received much earlier.
    LastReceipt,
    /// Less time has passed since the start.
    Jump,
}

impl Arrival {
    /// The moment in whole seconds.
    pub fn time(&self) -> Time {
        Time::try_from_seconds(self.ms.max(0) / 1000).unwrap_or(Time::from_seconds(u32::MAX))
    }

    /// Seconds by which the wall clock is ahead; 0 while it is believed.
    pub fn ahead_seconds(&self) -> f64 {
        self.doubt.map_or(0.0, |doubt| {
            (doubt.wall_ms - doubt.believed_ms) as f64 / 1000.0
        })
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wall, believed) = (shown(self.wall_ms), shown(self.believed_ms));
        match self.cause {
            DoubtCause::LastReceipt => write!(
                formatter,
                "the server's clock says {wall}, far beyond the last record of the log, so arrivals \
                 count as of {believed}; an operator sets the clock right, or confirms it with \
                 the flag --confirm-clock or a higher limits.clock_gap_max"
            ),
            DoubtCause::Jump => write!(
                formatter,
                "the server's clock jumped to {wall}, so arrivals count as of {believed}; an \
                 operator sets the clock right, or restarts the service if it is"
            ),
        }
    }
}

fn shown(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).map_or_else(
        || format!("{ms} ms"),
        |time| time.to_rfc3339_opts(SecondsFormat::Secs, true),
    )
}

impl ArrivalClock {
    /// A clock that starts now; `last_receipt_ms` is none for an empty log.
    pub(super) fn start(options: ClockOptions, last_receipt_ms: Option<i64>) -> Self {
        let system = System::start(options.for_tests);
        Self::with(Box::new(system), &options, last_receipt_ms)
    }

    fn with(source: Box<dyn Source>, options: &ClockOptions, last_receipt_ms: Option<i64>) -> Self {
        let clock = Self(Arc::new(Inner {
            source,
            last_receipt_ms,
            gap_max_ms: i64::try_from(options.gap_max.as_millis()).unwrap_or(i64::MAX),
            confirmed: options.confirmed,
            start_ms: AtomicI64::new(NONE),
            logged: AtomicU8::new(0),
        }));
        clock.now();
        clock
    }

    /// Reads the clock.
    pub fn now(&self) -> Arrival {
        let (wall_ms, elapsed_ms) = (self.0.source.wall_ms(), self.0.source.elapsed_ms());
        let (limit_ms, believed_ms, cause) = self.expected(wall_ms, elapsed_ms);
        if wall_ms <= limit_ms {
            self.log(None);
            return Arrival {
                ms: wall_ms,
                doubt: None,
            };
        }
        let doubt = Doubt {
            cause,
            wall_ms,
            believed_ms,
        };
        self.log(Some(doubt));
        Arrival {
            ms: believed_ms,
            doubt: Some(doubt),
        }
    }

    /// The latest wall clock that is believed, the time in its place, and the clock that says so.
    fn expected(&self, wall_ms: i64, elapsed_ms: i64) -> (i64, i64, DoubtCause) {
        let inner = &*self.0;
        let mut start_ms = inner.start_ms.load(Ordering::Acquire);
        if start_ms == NONE {
            if let Some(last_ms) = inner.last_receipt_ms.filter(|_| !inner.confirmed) {
                let now_ms = last_ms.saturating_add(elapsed_ms);
                let limit_ms = now_ms.saturating_add(inner.gap_max_ms);
                // A clock behind the last receipt is wrong as well: as on a machine that keeps no time
                // while it is off. It may jump to what is right.
                let is_behind = wall_ms < last_ms.saturating_sub(SLACK_MS);
                if is_behind || wall_ms > limit_ms {
                    return (limit_ms, now_ms, DoubtCause::LastReceipt);
                }
            }
            start_ms = wall_ms - elapsed_ms;
            // Of two threads either is right.
            inner.start_ms.store(start_ms, Ordering::Release);
        }
        let now_ms = start_ms.saturating_add(elapsed_ms);
        (now_ms.saturating_add(SLACK_MS), now_ms, DoubtCause::Jump)
    }

    /// Logs a doubt when it comes, and when it goes.
    fn log(&self, doubt: Option<Doubt>) {
        let kind = match doubt.map(|doubt| doubt.cause) {
            None => 0,
            Some(DoubtCause::LastReceipt) => 1,
            Some(DoubtCause::Jump) => 2,
        };
        if self.0.logged.load(Ordering::Relaxed) == kind
            || self.0.logged.swap(kind, Ordering::Relaxed) == kind
        {
            return;
        }
        if let Some(doubt) = doubt {
            tracing::warn!("events of later days are refused: {doubt}");
        } else {
            tracing::info!("the server's clock is believed again");
        }
    }
}

#[cfg(test)]
mod tests;
