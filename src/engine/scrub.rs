//! Scrubbing: the log is read again all the time, slowly, so that damage is seen and told while a
//! backup is still at hand.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Poison;
use super::passes::{Stop, lower_thread_priority};
use super::snapshots::{Newest, Snapshots};
use crate::instruments::{LogMetrics, Worker};
use crate::store::{ScrubCursor, Store};

/// Time between two pieces.
const PIECE_EVERY: Duration = Duration::from_secs(1);

/// Reads the log again, piece by piece.
pub(super) struct Scrubber {
    store: Arc<dyn Store>,
    bytes_per_second: u64,
    stop: Arc<Stop>,
    newest: Arc<Newest>,
    metrics: LogMetrics,
    poison: Poison,
}

impl Scrubber {
    pub(super) fn new(snapshots: &Snapshots, bytes_per_second: u64, metrics: LogMetrics) -> Self {
        Self {
            store: Arc::clone(&snapshots.store),
            bytes_per_second,
            stop: Arc::clone(&snapshots.stop),
            newest: Arc::clone(&snapshots.newest),
            metrics,
            poison: snapshots.poison.clone(),
        }
    }

    pub(super) fn run(&self) {
        lower_thread_priority();
        let mut cursor = ScrubCursor::default();
        let mut due = Instant::now() + PIECE_EVERY;
        while self.stop.wait() {
            let events = self.newest.snapshot.load().state.event_count();
            self.poison.panic_for_tests(Worker::Scrub, events);
            if self.bytes_per_second == 0 || Instant::now() < due {
                continue;
            }
            self.piece(&mut cursor);
            due = Instant::now() + PIECE_EVERY;
        }
    }

    fn piece(&self, cursor: &mut ScrubCursor) {
        match self.store.scrub(cursor, self.bytes_per_second) {
            Ok(scrubbed) => self.metrics.scrubbed(scrubbed.bytes, scrubbed.at_end),
            Err(error) => {
                self.metrics.damaged();
                tracing::error!(%error, "the log is damaged on the disk: keep its backups, and see `goodstanding log verify`");
            }
        }
    }
}
