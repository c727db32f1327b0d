//! The engine: one writer folds events into the state, and readers see published snapshots.
//!
//! [`Ingest`] hands batches to the writer. The committer behind it makes them durable, publishes a
//! snapshot, and only then acknowledges. [`Snapshots`] reads what was published, now or as of a past
//! day. [`Maintenance`] erases, backs up and changes model versions. Passes over snapshots compute
//! evidence and brand progress beside the work.

mod arrival_clock;
mod brand_progress;
mod change_feed;
mod checkpoints;
mod committer;
mod ended_months;
mod error;
mod fold;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod ingest;
mod maintenance;
mod models;
mod open;
mod passes;
mod point_in_time;
mod poison;
mod records;
mod replay;
mod review_texts;
mod rewrite;
mod scrub;
mod snapshots;
mod trace;
mod writer;

use std::sync::Arc;

pub use arrival_clock::{Arrival, ArrivalClock, ClockForTests, ClockOptions, Doubt};
pub use brand_progress::{ProgressSnapshot, SellerProgress};
pub use change_feed::{ChangeFeed, ChangeSet};
pub use error::EngineError;
pub use ingest::{Ack, Entry, Ingest, Pending, Queue};
pub use maintenance::Maintenance;
pub use open::EngineThreads;
pub use passes::{BrandProgress, PassesConfig};
pub use poison::{PanicForTests, Poison, WorkerPanic};
pub use snapshots::{ScoredSnapshot, Snapshot, Snapshots};

use crate::brand;
use crate::config::Size;
use crate::privacy::Pseudonyms;
use crate::store::StoreConfig;
use crate::telemetry::Instruments;

/// Settings of an engine.
#[derive(Clone)]
pub struct Options {
    /// How ids of people are kept: the store refuses another key than its own.
    pub pseudonyms: Pseudonyms,
    /// Most events that a read of a past day replays.
    pub as_of_events_max: u64,
    /// Metrics and traces.
    pub instruments: Instruments,
    /// Share of the processor for passes beside the work.
    pub passes: PassesConfig,
    /// Stages of brand progress.
    pub brand: brand::Config,
    /// Bytes of the log that are read again and checked in a second; 0 is none.
    pub scrub: Size,
    /// How far the wall clock is believed.
    pub clock: ClockOptions,
    /// The thread that panics, and when; none but in tests.
    pub panic_for_tests: Option<PanicForTests>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pseudonyms: Pseudonyms::default(),
            // Some seconds, and some 400 MiB.
            as_of_events_max: 2_000_000,
            instruments: Instruments::default(),
            passes: PassesConfig::default(),
            brand: brand::Config::default(),
            scrub: StoreConfig::default().scrub,
            clock: ClockOptions::default(),
            panic_for_tests: None,
        }
    }
}

/// An open engine: a handle for each kind of use, all with the same threads behind them.
#[derive(Clone)]
pub struct Engine {
    /// Takes events.
    pub ingest: Ingest,
    /// Reads snapshots.
    pub snapshots: Snapshots,
    /// Erases, turns the clock back, backs up, changes model versions.
    pub maintenance: Maintenance,
    /// Reads brand progress.
    pub progress: BrandProgress,
    /// Changes between snapshots, for the one thread that watches.
    pub change_feed: Arc<ChangeFeed>,
    /// Tells when events arrive.
    pub arrivals: ArrivalClock,
    /// Refuses writes after a failure; worker threads beside the engine's own are guarded by it.
    pub poison: Poison,
}

impl Engine {
    /// Takes no more batches; those in the queue are still written.
    pub fn close(&self) {
        self.ingest.close();
        self.snapshots.stop.ask();
        self.change_feed.close();
    }
}

#[cfg(test)]
mod tests;
