//! How an engine comes to life: the state from checkpoint and log, and its threads.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, RwLock};

use arc_swap::ArcSwap;
use tokio::sync::{Semaphore, mpsc};

use super::fold::Fold;
use super::{
    ChangeFeed, Checkpoints, Engine, EngineError, GROUPS_AHEAD, Gathered, Gatherer, Options,
    Poison, QUEUE_EVENTS, QUEUE_LENGTH, Snapshot, Writer, checkpoints, committer, erase, past,
    replay, writer,
};
use crate::instruments::Worker;
use crate::journal::Journal;
use crate::models::Registry;
use crate::store::Store;

impl Engine {
    /// As [`Engine::open_with`], ids being kept as they come.
    pub fn open(store: Arc<dyn Store>) -> Result<(Self, Writer), EngineError> {
        Self::open_with(store, Options::default())
    }

    /// Opens a store: loads its checkpoint, replays the log from there on, and starts the writer.
    pub fn open_with(
        store: Arc<dyn Store>,
        options: Options,
    ) -> Result<(Self, Writer), EngineError> {
        let Options {
            pseudonyms,
            look_back_events_max,
            instruments,
            passes,
            panic_for_tests,
        } = options;
        let poison = Poison::new(instruments.metrics.worker_panics.clone(), panic_for_tests);
        pseudonyms
            .check(store.as_ref())
            .map_err(|error| EngineError::Privacy(Arc::new(error)))?;
        let models = Arc::new(Registry::open(Arc::clone(&store))?);
        let Loaded {
            journal,
            fold,
            covered,
            covered_events,
        } = Loaded::of(&store)?;
        let covered = Arc::new(AtomicU64::new(covered));
        let checkpoints = Checkpoints::new(
            Arc::clone(&store),
            Arc::clone(&covered),
            &instruments.metrics,
            poison.clone(),
        );
        let schedule = checkpoints.schedule(covered_events);
        let newest = Arc::new(ArcSwap::from_pointee(first_of(&fold, &journal)));
        let (sender, receiver) = mpsc::channel(QUEUE_LENGTH);
        let (folded, commits) = std::sync::mpsc::sync_channel(GROUPS_AHEAD);
        let (bell, rung) = std::sync::mpsc::sync_channel(1);
        let gathered = Arc::new(ArcSwap::from_pointee(Gathered::default()));
        let change_feed = Arc::new(ChangeFeed::default());
        let gathering: Arc<AtomicBool> = Arc::default();
        let mut gatherer = Gatherer {
            poison: poison.clone(),
            gathering: Arc::clone(&gathering),
            newest: Arc::clone(&newest),
            gathered: Arc::clone(&gathered),
            change_feed: Arc::clone(&change_feed),
            models: Arc::clone(&models),
            metrics: instruments.metrics.passes.clone(),
            passes,
            bell: rung,
        };
        let mut writer = writer::Loop {
            poison: poison.clone(),
            fold,
            next_sequence: journal.last_sequence() + 1,
            receiver,
            committer: folded,
            schedule,
            metrics: instruments.metrics.pipeline.clone(),
            journal: Arc::clone(&journal),
            store: Arc::clone(&store),
        };
        let history = Arc::new(RwLock::default());
        let mut committer = committer::Committer {
            poison: poison.clone(),
            journal: Arc::clone(&journal),
            store: Arc::clone(&store),
            newest: Arc::clone(&newest),
            receiver: commits,
            checkpoints,
            bell: bell.clone(),
            metrics: instruments.metrics.pipeline.clone(),
            change_feed: Arc::clone(&change_feed),
            history: Arc::clone(&history),
        };
        let threads = [
            poison.spawn(Worker::Writer, move || writer.run())?,
            poison.spawn(Worker::Committer, move || committer.run())?,
        ];
        let gatherer = Arc::new(poison.spawn(Worker::Evidence, move || gatherer.run())?);
        let queue = Arc::new(ArcSwap::from_pointee(Some(sender)));
        Ok((
            Self {
                queue,
                room: Arc::new(Semaphore::new(QUEUE_EVENTS)),
                newest,
                gathered,
                gatherer,
                gathering,
                models,
                bell: Arc::new(ArcSwap::from_pointee(Some(bell))),
                journal,
                store,
                covered,
                instruments,
                change_feed,
                history,
                alone: Arc::default(),
                poison,
                past: Arc::default(),
                look_back_events_max,
                pseudonyms,
                passes,
            },
            Writer(threads),
        ))
    }
}

/// The log, and the state after it.
struct Loaded {
    journal: Arc<Journal>,
    fold: Fold,
    /// The record that the newest checkpoint covers; 0 without one.
    covered: u64,
    /// Events up to that record.
    covered_events: u64,
}

impl Loaded {
    fn of(store: &Arc<dyn Store>) -> Result<Self, EngineError> {
        let stale = erase::drop_stale(store.as_ref())?;
        let journal = Arc::new(Journal::open(Arc::clone(store))?);
        let (mut fold, covered) = checkpoints::load(store.as_ref(), journal.last_sequence())?;
        let covered_events = fold.state.event_count();
        let missing = past::missing(store.as_ref())?;
        replay::replay(&journal, covered + 1, &mut fold, missing)?;
        if stale {
            erase::all_follows(store.as_ref())?;
        }
        Ok(Self {
            journal,
            fold,
            covered,
            covered_events,
        })
    }
}

/// What is published before anything has come in since the start.
fn first_of(fold: &Fold, journal: &Journal) -> Snapshot {
    Snapshot {
        state: fold.state.clone(),
        history: fold.history.open.clone(),
        log_sequence: journal.last_sequence(),
        generation: 0,
    }
}
