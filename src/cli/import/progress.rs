//! Progress of an import: a bar on a terminal, a line from time to time elsewhere.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{BinaryBytes, HumanCount, HumanDuration, ProgressBar, ProgressStyle};

/// Interval of lines without a terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Progress in bytes of the files, with the rate in events.
pub(super) struct Progress {
    bar: ProgressBar,
    /// `None` if a file has no length.
    total_bytes: Option<u64>,
    started: Instant,
    /// Time of the last line; `None` on a terminal.
    last_line: Option<Mutex<Instant>>,
}

impl Progress {
    pub(super) fn new(total_bytes: Option<u64>) -> Self {
        let template = match total_bytes {
            Some(_) => "{bar:30} {binary_bytes} of {binary_total_bytes}, {msg}",
            None => "{spinner} {binary_bytes}, {msg}",
        };
        let bar = total_bytes.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let now = Instant::now();
        Self {
            bar,
            total_bytes,
            started: now,
            last_line: (!std::io::stderr().is_terminal()).then(|| Mutex::new(now)),
        }
    }

    /// Sets the position in the files and the number of durable events.
    pub(super) fn at(&self, bytes: u64, events: u64) {
        let seconds = self.seconds();
        let rate = rate(events, seconds);
        let left = self.left(bytes).map_or(String::new(), |left| {
            format!(", {} left", HumanDuration(left))
        });
        let line = format!("{} events, {rate}/s{left}", HumanCount(events));
        if let Some(last) = &self.last_line
            && let Ok(mut last) = last.lock()
            && last.elapsed() >= LINE_EVERY
        {
            *last = Instant::now();
            let of = self
                .total_bytes
                .map_or(String::new(), |total| format!(" of {}", BinaryBytes(total)));
            eprintln!("{}{of}, {line}", BinaryBytes(bytes));
        }
        self.bar.set_position(bytes);
        self.bar.set_message(line);
    }

    /// Estimates the remaining time at the present rate.
    fn left(&self, bytes: u64) -> Option<Duration> {
        let rest = self.total_bytes?.checked_sub(bytes)?;
        if bytes == 0 {
            return None;
        }
        let seconds = self.seconds() * rest as f64 / bytes as f64;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// Prints a line above the bar.
    pub(super) fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Returns the seconds since the start.
    pub(super) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

/// Formats events a second for people.
pub(super) fn rate(events: u64, seconds: f64) -> HumanCount {
    HumanCount((events as f64 / seconds.max(0.001)) as u64)
}
