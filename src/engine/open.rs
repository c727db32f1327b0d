//! Opens an engine: the state from checkpoint and log, and its threads.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use arc_swap::ArcSwap;

use super::checkpoints::{self, Checkpoints};
use super::committer::Committer;
use super::ended_months::Backlog;
use super::fold::Fold;
use super::passes::{BrandPass, EvidencePass, PassLoop};
use super::scrub::Scrubber;
use super::snapshots::{Newest, Snapshot};
use super::writer::Writer;
use super::{
    ArrivalClock, ChangeFeed, Engine, EngineError, Ingest, Maintenance, Options, Poison, Snapshots,
    ended_months, replay, rewrite,
};
use crate::instruments::Worker;
use crate::journal::Journal;
use crate::models::Registry;
use crate::store::Store;
use crate::threads::room;

/// Groups that are folded and wait for the disk.
const GROUPS_AHEAD: usize = 1;

/// Bytes that the state takes for each event, at the very least: half of what was measured at ten
/// million reviews with three events each.
const STATE_BYTES_MIN: u64 = 64;

/// The threads of an engine, to be joined after [`Engine::close`].
#[derive(Debug)]
pub struct EngineThreads([JoinHandle<()>; 5]);

impl EngineThreads {
    /// Waits until everything queued is durable and acknowledged. Blocks.
    pub fn join(self) {
        for thread in self.0 {
            // A panic was noted where it happened.
            let _ = thread.join();
        }
    }
}

impl Engine {
    /// Opens a store: loads its checkpoint, replays the log from there on, and starts the threads.
    pub fn open(
        store: Arc<dyn Store>,
        options: Options,
    ) -> Result<(Self, EngineThreads), EngineError> {
        let Options {
            pseudonyms,
            as_of_events_max,
            instruments,
            passes,
            brand,
            scrub,
            clock,
            panic_for_tests,
        } = options;
        pseudonyms
            .check(store.as_ref())
            .map_err(|error| EngineError::Privacy(Arc::new(error)))?;
        let metrics = &instruments.metrics;
        let poison = Poison::new(metrics.worker_panics.clone(), panic_for_tests);
        let models = Arc::new(Registry::open(Arc::clone(&store))?);
        let loaded = Loaded::of(&store)?;
        let arrivals = ArrivalClock::start(clock, loaded.journal.last_receipt_ms()?);
        let newest = Arc::new(Newest {
            snapshot: ArcSwap::from_pointee(loaded.first_snapshot()),
            ..Newest::default()
        });
        let (ingest, commands) = Ingest::new(poison.clone());
        let (folded, commits) = sync_channel(GROUPS_AHEAD);
        let change_feed = Arc::new(ChangeFeed::default());
        let snapshots = Snapshots {
            newest: Arc::clone(&newest),
            models: Arc::clone(&models),
            journal: Arc::clone(&loaded.journal),
            store: Arc::clone(&store),
            history: Arc::default(),
            as_of_cache: Arc::default(),
            as_of_events_max,
            stop: Arc::default(),
            poison: poison.clone(),
        };
        let covered = Arc::new(AtomicU64::new(loaded.covered));
        let checkpoints = Checkpoints::new(
            Arc::clone(&store),
            Arc::clone(&covered),
            metrics,
            poison.clone(),
        );
        let mut writer = Writer {
            poison: poison.clone(),
            next_sequence: loaded.journal.last_sequence() + 1,
            fold: loaded.fold,
            receiver: commands,
            committer: folded,
            arrivals: arrivals.clone(),
            schedule: checkpoints.schedule(loaded.covered_events),
            metrics: metrics.pipeline.clone(),
            journal: Arc::clone(&loaded.journal),
            store: Arc::clone(&store),
        };
        let mut committer = Committer {
            poison: poison.clone(),
            journal: loaded.journal,
            store,
            newest,
            receiver: commits,
            checkpoints,
            metrics: metrics.pipeline.clone(),
            log_metrics: metrics.log.clone(),
            change_feed: Arc::clone(&change_feed),
            history: Arc::clone(&snapshots.history),
            unstored: loaded.unstored,
            stop: Arc::clone(&snapshots.stop),
        };
        let passes = PassLoop::new(&snapshots, passes, metrics.passes.clone());
        let evidence = EvidencePass {
            passes: passes.clone(),
            change_feed: Arc::clone(&change_feed),
            models,
        };
        let scrubber = Scrubber::new(&snapshots, scrub.as_u64(), metrics.log.clone());
        let mut brand = BrandPass::new(passes, brand);
        let progress = brand.progress();
        let threads = [
            poison.spawn(Worker::Writer, move || writer.run())?,
            poison.spawn(Worker::Committer, move || committer.run())?,
            poison.spawn(Worker::Evidence, move || evidence.run())?,
            poison.spawn(Worker::Brand, move || brand.run())?,
            poison.spawn(Worker::Scrub, move || scrubber.run())?,
        ];
        let engine = Self {
            maintenance: Maintenance {
                snapshots: snapshots.clone(),
                ingest: ingest.clone(),
                covered,
                lock: Arc::default(),
            },
            ingest,
            snapshots,
            progress,
            change_feed,
            arrivals,
            poison,
        };
        Ok((engine, EngineThreads(threads)))
    }
}

/// Refuses a log whose state cannot fit into memory, before an allocation fails amid it.
fn check_room(journal: &Journal) -> Result<(), EngineError> {
    let events = journal.next_ordinal();
    room::check_memory(events.saturating_mul(STATE_BYTES_MIN))
        .map_err(|error| EngineError::Full(format!("the log has {events} events, and {error}")))
}

/// The log, and the state after it.
struct Loaded {
    journal: Arc<Journal>,
    fold: Fold,
    /// The record that the newest checkpoint covers; 0 without one.
    covered: u64,
    /// Events up to that record.
    covered_events: u64,
    /// History that could not be stored.
    unstored: Backlog,
}

impl Loaded {
    fn of(store: &Arc<dyn Store>) -> Result<Self, EngineError> {
        let stale = rewrite::drop_stale(store.as_ref())?;
        let journal = Arc::new(Journal::open(Arc::clone(store))?);
        check_room(&journal)?;
        let (mut fold, covered) = if ended_months::are_lost(store.as_ref())? {
            tracing::warn!("history is not complete: it is made again from the whole log");
            (Fold::default(), 0)
        } else {
            checkpoints::load(store.as_ref(), journal.last_sequence())?
        };
        let covered_events = fold.state.event_count();
        let stored = ended_months::stored_through(store.as_ref())?;
        let mut unstored = Backlog::default();
        replay::replay(&journal, covered + 1, &mut fold, |ended| {
            if stored.is_none_or(|stored| ended.through > stored) {
                unstored.store(store.as_ref(), Some(ended));
            }
            Ok(())
        })?;
        if stale {
            rewrite::all_follows(store.as_ref())?;
        }
        Ok(Self {
            journal,
            fold,
            covered,
            covered_events,
            unstored,
        })
    }

    /// The snapshot that is published before any event of this process.
    fn first_snapshot(&self) -> Snapshot {
        Snapshot {
            state: self.fold.state.clone(),
            history: self.fold.history.open.clone(),
            log_sequence: self.journal.last_sequence(),
            generation: 0,
        }
    }
}
