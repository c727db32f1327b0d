//! Watches: notify clients of assessments that changed noticeably.
//!
//! One thread scores changed subjects for all watchers, each once a round, and appends noticeable
//! changes to a bounded ring. Watchers read the ring at their own pace, and a resumed watch goes on
//! at its position in the ring. Where the ring does not reach back, the client lists again, as in
//! the list-then-watch protocol of the Kubernetes API.

mod filter;
mod last_notified;
mod ring;
mod rounds;
mod watcher;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, watch};

pub use filter::WatchFilter;
pub use watcher::{Notice, Watcher};

use ring::{Change, ChangeRing};
use rounds::Rounds;

use crate::engine::{ChangeFeed, Engine, EngineError, Poison, ScoredSnapshot, Snapshots};
use crate::instruments::Worker;

/// Why a watch cannot begin, or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// As many watch as may.
    #[error("there are as many watchers as are allowed")]
    TooMany,
    /// The ring has dropped changes that the watcher did not read in time.
    #[error("the watcher reads too slowly, list again")]
    Slow,
    /// The ring does not reach back to the position.
    #[error("the resume token is too old, list again")]
    TooOld,
    /// The service ends.
    #[error("the service is shutting down")]
    Ended,
}

/// How far a watcher has read: what a resume token holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Names this run of the service: a ring ends with its process.
    run: u64,
    /// Number of the next change to read.
    next: u64,
}

#[derive(Default)]
struct Shared {
    ring: ChangeRing,
    /// The snapshot and evidence of the last round; none while nobody watches.
    scored: Option<ScoredSnapshot>,
    ended: bool,
}

impl Shared {
    /// The newest log record of the snapshot that was scored last.
    fn log_sequence(&self) -> u64 {
        let scored = self.scored.as_ref();
        scored.map_or(0, |scored| scored.snapshot.log_sequence)
    }
}

/// All watches of a service.
pub struct Watches {
    snapshots: Snapshots,
    change_feed: Arc<ChangeFeed>,
    poison: Poison,
    run: u64,
    shared: Mutex<Shared>,
    /// Wakes watchers after each change of what they share.
    wakeup: watch::Sender<()>,
    permits: Arc<Semaphore>,
    watchers_max: usize,
}

impl Watches {
    /// Starts the thread that scores for all watchers; it ends with the engine.
    /// `run` is a random name of this run of the service.
    pub fn start(engine: &Engine, watchers_max: u32, run: u64) -> Result<Arc<Self>, EngineError> {
        let watchers_max = watchers_max as usize;
        let watches = Arc::new(Self {
            snapshots: engine.snapshots.clone(),
            change_feed: Arc::clone(&engine.change_feed),
            poison: engine.poison.clone(),
            run,
            shared: Mutex::default(),
            wakeup: watch::Sender::new(()),
            permits: Arc::new(Semaphore::new(watchers_max)),
            watchers_max,
        });
        let mut rounds = Rounds::new(Arc::clone(&watches));
        engine.poison.spawn(Worker::Watch, move || rounds.run())?;
        Ok(watches)
    }

    /// Begins a watch now, or goes on behind the position of an earlier one.
    pub fn watch(
        self: &Arc<Self>,
        filter: WatchFilter,
        resume: Option<Position>,
    ) -> Result<Watcher, WatchError> {
        let permit = Arc::clone(&self.permits)
            .try_acquire_owned()
            .map_err(|_| WatchError::TooMany)?;
        let mut shared = self.shared();
        if shared.ended {
            return Err(WatchError::Ended);
        }
        let mut first = None;
        let next = if let Some(Position { run, next }) = resume {
            let is_kept = run == self.run && shared.ring.since(next).is_ok();
            is_kept.then_some(next).ok_or(WatchError::TooOld)?
        } else {
            if shared.scored.is_none() {
                self.change_feed.start();
                shared.ring.interrupt();
                shared.scored = Some(self.snapshots.scored());
            }
            let next = shared.ring.end();
            first = Some(Notice {
                assessment: None,
                position: self.position(next),
                log_sequence: shared.log_sequence(),
            });
            next
        };
        Ok(Watcher {
            watches: Arc::clone(self),
            filter,
            next,
            notified: next,
            catching_up: first.is_none(),
            first,
            wakeup: self.wakeup.subscribe(),
            _permit: permit,
        })
    }

    const fn position(&self, next: u64) -> Position {
        Position {
            run: self.run,
            next,
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, changes: Vec<Change>) {
        if !changes.is_empty() {
            self.shared().ring.append(changes);
            self.wakeup.send_replace(());
        }
    }

    /// Whether somebody watches.
    fn is_watched(&self) -> bool {
        self.permits.available_permits() < self.watchers_max
    }

    /// Ends all watches: the service ends.
    fn end(&self) {
        self.shared().ended = true;
        self.wakeup.send_replace(());
    }
}
