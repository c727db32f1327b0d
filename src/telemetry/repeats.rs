//! Bounds repeated warnings: some lines a minute from each place in the code, then how many were
//! left out. Otherwise one connection can fill the log through a library that warns of each frame.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::instruments::DroppedLines;

/// Warnings and errors a minute from one place in the code. More of one kind tell nothing new.
const LINES_A_MINUTE: u32 = 20;
const MINUTE: Duration = Duration::from_secs(60);
/// Target of the lines that say how many were left out, which are not counted themselves.
const TARGET: &str = "goodstanding::telemetry::repeats";

/// Counts the warnings of each place in the code.
#[derive(Debug)]
pub struct Repeats {
    /// Bounded, because places in the code are.
    places: Mutex<HashMap<Identifier, Counted>>,
    dropped: DroppedLines,
}

#[derive(Debug)]
struct Counted {
    metadata: &'static Metadata<'static>,
    minute_began: Instant,
    lines: u32,
    /// Lines that were left out since the last report.
    left_out: u64,
}

impl Repeats {
    /// Makes it without any line counted.
    pub fn new(dropped: DroppedLines) -> Self {
        Self {
            places: Mutex::default(),
            dropped,
        }
    }

    /// Counts a line, and returns whether it may be written.
    fn admit(&self, metadata: &'static Metadata<'static>, now: Instant) -> bool {
        if *metadata.level() > Level::WARN || metadata.target() == TARGET {
            return true;
        }
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = places.entry(metadata.callsite()).or_insert(Counted {
            metadata,
            minute_began: now,
            lines: 0,
            left_out: 0,
        });
        if now.saturating_duration_since(counted.minute_began) >= MINUTE {
            counted.minute_began = now;
            counted.lines = 0;
        }
        counted.lines = counted.lines.saturating_add(1);
        let is_admitted = counted.lines <= LINES_A_MINUTE;
        if !is_admitted {
            counted.left_out += 1;
            self.dropped.add();
        }
        is_admitted
    }

    /// Says of each place how many of its lines were left out since the last report.
    pub fn report(&self) {
        for (metadata, left_out) in self.take_left_out() {
            tracing::warn!(
                target: TARGET,
                left_out,
                of = metadata.target(),
                place = metadata.name(),
                "repeated lines were left out of the log"
            );
        }
    }

    /// Takes the counts, sorted by place. The lock is free again before anything is logged.
    fn take_left_out(&self) -> Vec<(&'static Metadata<'static>, u64)> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        #[allow(clippy::disallowed_methods, reason = "sorted below")]
        let counted = places.values_mut().filter(|counted| counted.left_out > 0);
        let mut taken: Vec<_> = counted
            .map(|counted| (counted.metadata, std::mem::take(&mut counted.left_out)))
            .collect();
        taken.sort_by_key(|(metadata, _)| metadata.name());
        taken
    }

    /// Reports once a minute until it is dropped.
    pub async fn report_each_minute(self: Arc<Self>) {
        loop {
            tokio::time::sleep(MINUTE).await;
            self.report();
        }
    }
}

/// Writes the lines that [`Repeats`] admits. A filter would not do: the registry forgets to enable the
/// event after one that a filter of its only layer refused by its count.
pub(super) struct Sparing<F> {
    format: F,
    repeats: Arc<Repeats>,
}

/// Lets a format write only what is admitted.
pub(super) fn sparing<F>(format: F, repeats: &Arc<Repeats>) -> Sparing<F> {
    Sparing {
        format,
        repeats: Arc::clone(repeats),
    }
}

impl<S, N, F> FormatEvent<S, N> for Sparing<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if !self.repeats.admit(event.metadata(), Instant::now()) {
            return Ok(());
        }
        self.format.format_event(context, writer, event)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tracing_subscriber::Registry;
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("whole").extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Written {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn repeated_warnings_are_counted_instead_of_written() {
        let written = Written::default();
        let repeats = Arc::new(Repeats::new(DroppedLines::default()));
        let lines = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(written.clone())
            .map_event_format(|format| sparing(format, &repeats));
        tracing::subscriber::with_default(Registry::default().with(lines), || {
            for _ in 0..1000 {
                tracing::warn!(target: "h2::proto", "a frame that nobody knows");
                tracing::info!(target: "h2::proto", "of no interest");
            }
            tracing::warn!(target: "h2::proto", "another place");
            repeats.report();
            repeats.report();
        });
        let text = String::from_utf8(written.0.lock().expect("whole").clone()).expect("text");
        let count = |part: &str| text.lines().filter(|line| line.contains(part)).count();
        assert_eq!(count("a frame that nobody knows"), 20);
        assert_eq!(count("of no interest"), 1000);
        assert_eq!(count("another place"), 1);
        assert_eq!(count("left_out=980"), 1, "{text}");
    }
}
