//! Turns at long reads. A few threads do them, so that they leave the processor to short calls; a
//! caller cannot have all turns, and beyond a short queue calls are refused.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use super::{Admission, CURRENT, Current};
use crate::instruments::Cause;
use crate::server::transport::limits::LimitsConfig;

/// Reads that wait for a turn, of all callers.
pub(super) const QUERIES_WAITING_MAX: usize = 256;
/// Look-backs at a time. Each holds a state of its own, and has further threads for its scores.
const LOOK_BACKS: usize = 1;

/// Bytes of an event that a look-back replays.
const LOOK_BACK_EVENT_BYTES: u64 = 200;

/// Kinds of long reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Work {
    /// Lists, topics, history.
    Query,
    /// Reads as of a past day, which replay the log.
    LookBack,
}

impl Work {
    /// That of a read, which may be as of a past day.
    pub(in crate::server) const fn of(is_past: bool) -> Self {
        if is_past { Self::LookBack } else { Self::Query }
    }
}

/// Turns at a time, by kind.
pub(super) fn turns() -> [usize; 2] {
    let processors = available_parallelism().map_or(2, std::num::NonZero::get);
    [processors.max(2), LOOK_BACKS]
}

/// One caller's part of a lane.
#[derive(Debug)]
pub(super) struct LaneShare {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl LaneShare {
    pub(super) fn new(turns: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(turns.max(1))),
            waiting: AtomicUsize::new(0),
        }
    }
}

/// The turns of one kind.
struct Lane {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
}

/// The lanes of a server.
pub(super) struct Workshop([Lane; 2]);

impl Workshop {
    pub(super) fn new(limits: &LimitsConfig) -> Self {
        let lane = |turns, waiting_max| Lane {
            turns: Arc::new(Semaphore::new(turns)),
            waiting: AtomicUsize::new(0),
            waiting_max,
        };
        let [queries, look_backs] = turns();
        Self([
            lane(queries, QUERIES_WAITING_MAX),
            lane(look_backs, limits.look_backs_waiting_max as usize),
        ])
    }
}

/// A turn, until it is dropped. Goes with the work, and not with the call, which may end before it.
pub(in crate::server) struct Turn {
    _own: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

/// The turn of a call whose answer is decoded and not encoded yet: as many answers as turns are held
/// twice.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Option<Turn>>>);

impl Kept {
    fn put(&self, turn: Option<Turn>) {
        let before = std::mem::replace(
            &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner),
            turn,
        );
        drop(before);
    }
}

/// Keeps a turn until the answer of the current call is encoded.
pub(in crate::server) fn keep(turn: Option<Turn>) {
    let _ = CURRENT.try_with(|current| current.kept.put(turn));
}

/// Counts a call that waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(counter: &'a AtomicUsize, most: usize) -> Option<Self> {
        let next = |waiting: usize| (waiting < most).then_some(waiting + 1);
        counter
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
            .is_ok()
            .then_some(Self(counter))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Waits for a turn of the current call, or refuses it. None where no call is counted.
pub(in crate::server) async fn turn(kind: Work) -> Result<Option<Turn>, Status> {
    let Ok(current) = CURRENT.try_with(Clone::clone) else {
        return Ok(None);
    };
    // A call has one turn at a time: it must not wait for itself.
    current.kept.put(None);
    if let Some(tab) = current.tab.as_ref().filter(|_| kind == Work::LookBack) {
        tab.take_look_back()?;
    }
    let turn = current.turn(kind).await?;
    if kind == Work::LookBack {
        current.admission.check_look_back()?;
    }
    Ok(Some(turn))
}

impl Current {
    async fn turn(&self, kind: Work) -> Result<Turn, Status> {
        let admission = &self.admission;
        let lane = &admission.workshop.0[kind as usize];
        let (own, own_max) = self.account.lane(kind);
        let (of_caller, in_all) = match kind {
            Work::Query => (Cause::QueriesOfCaller, Cause::Queries),
            Work::LookBack => (Cause::LookBacksOfCaller, Cause::LookBacks),
        };
        if let Ok(own) = Arc::clone(&own.turns).try_acquire_owned()
            && let Ok(of_all) = Arc::clone(&lane.turns).try_acquire_owned()
        {
            return Ok(Turn {
                _own: own,
                _of_all: of_all,
            });
        }
        let _own =
            Waiting::begin(&own.waiting, own_max).ok_or_else(|| admission.refuse(of_caller))?;
        let _all = Waiting::begin(&lane.waiting, lane.waiting_max)
            .ok_or_else(|| admission.refuse(in_all))?;
        // One's own turn comes first, so that one caller waits in the queue of all only so often.
        let own = Arc::clone(&own.turns).acquire_owned().await;
        let of_all = Arc::clone(&lane.turns).acquire_owned().await;
        match (own, of_all) {
            (Ok(own), Ok(of_all)) => Ok(Turn {
                _own: own,
                _of_all: of_all,
            }),
            // The semaphores are never closed.
            _ => Err(admission.refuse(in_all)),
        }
    }
}

impl Admission {
    /// Refuses a look-back whose state would not fit below the bound of the process.
    fn check_look_back(&self) -> Result<(), Status> {
        let events = self.snapshots.newest().state.event_count();
        let replayed = events.min(self.limits.look_back_events_max);
        let bytes = replayed.saturating_mul(LOOK_BACK_EVENT_BYTES);
        if self.totals.memory.has_room(bytes) {
            Ok(())
        } else {
            Err(self.refuse(Cause::Resident))
        }
    }
}
