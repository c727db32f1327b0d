//! Accounts: what one caller holds, and what all hold together.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Admission;
use super::memory::Memory;
use super::work::{LaneShare, Work};
use crate::instruments::Cause;
use crate::server::access::Role;
use crate::server::transport::limits::LimitsConfig;

/// Accounts at which those without a call are looked for and dropped.
const SWEPT_AT: usize = 1024;

/// Selects the account of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::server) enum AccountKey {
    /// A caller that authenticated.
    Caller(Role, Arc<str>),
    /// A connection, where nobody authenticates.
    Connection(u64),
}

impl AccountKey {
    const fn role(&self) -> Option<Role> {
        match self {
            Self::Caller(role, _) => Some(*role),
            Self::Connection(_) => None,
        }
    }
}

/// Kinds of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlaceKind {
    /// A call until its answer is taken.
    Call,
    /// A stream of batches, or of questions to the reflection service.
    Stream,
    /// A watch of assessments.
    Watch,
}

const PLACE_KINDS: usize = 3;

/// What one caller may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    places: [u32; PLACE_KINDS],
    memory: u64,
    /// Turns at a time, and calls that wait for one, in the lanes of [`super::work`].
    pub(super) lanes: [(usize, usize); 2],
}

/// The shares of callers by role.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shares {
    single: Share,
    backend: Share,
    connection: Share,
}

impl Shares {
    /// Sellers and operators are many, and each has a small share. A backend of the platform, and a
    /// connection where nobody authenticates, may take half of the places.
    pub(super) fn all(limits: &LimitsConfig, memory: u64) -> Self {
        let [queries, look_backs] = super::work::turns();
        let calls_max = limits.calls_in_flight_max;
        let single = Share {
            places: [
                limits.calls_per_caller_max.min(calls_max),
                limits.watchers_per_caller_max,
                limits.watchers_per_caller_max,
            ],
            memory,
            lanes: [(queries.div_ceil(2), 16), (1, 1)],
        };
        let look_backs_waiting = limits.look_backs_waiting_max as usize;
        let backend = Share {
            places: [
                calls_max.div_ceil(2),
                limits.streams_max.div_ceil(2),
                limits
                    .watchers_max
                    .div_ceil(2)
                    .max(limits.watchers_per_caller_max),
            ],
            memory,
            lanes: [
                (queries, super::work::QUERIES_WAITING_MAX / 2),
                (look_backs, look_backs_waiting.div_ceil(2)),
            ],
        };
        let mut connection = backend;
        connection.places[PlaceKind::Call as usize] = calls_max;
        connection.places[PlaceKind::Watch as usize] = limits.watchers_max;
        Self {
            single,
            backend,
            connection,
        }
    }

    const fn of(&self, role: Option<Role>) -> Share {
        match role {
            Some(Role::Seller | Role::Operator) => self.single,
            Some(Role::Platform) => self.backend,
            None => self.connection,
        }
    }
}

/// What all callers hold, with its bounds.
#[derive(Debug)]
pub(super) struct Totals {
    places: [AtomicU32; PLACE_KINDS],
    places_max: [u32; PLACE_KINDS],
    pub(super) memory: Memory,
}

impl Totals {
    pub(super) fn new(limits: &LimitsConfig) -> Self {
        Self {
            places: Default::default(),
            // The watches themselves count their number in all.
            places_max: [limits.calls_in_flight_max, limits.streams_max, u32::MAX],
            memory: Memory::new(limits.memory_bytes()),
        }
    }
}

/// What one caller holds.
#[derive(Debug)]
pub(super) struct Account {
    share: Share,
    places: [AtomicU32; PLACE_KINDS],
    pub(super) memory: AtomicU64,
    lanes: [LaneShare; 2],
}

impl Account {
    fn new(share: Share) -> Self {
        Self {
            share,
            places: Default::default(),
            memory: AtomicU64::new(0),
            lanes: share.lanes.map(|(turns, _)| LaneShare::new(turns)),
        }
    }

    /// Its part of a lane, and how many of its calls may wait there.
    pub(super) const fn lane(&self, kind: Work) -> (&LaneShare, usize) {
        (
            &self.lanes[kind as usize],
            self.share.lanes[kind as usize].1,
        )
    }

    /// Takes bytes of its own memory and of that of all, or says which bound refuses them.
    pub(super) fn take(&self, memory: &Memory, bytes: u64, is_small: bool) -> Result<(), Cause> {
        let most = memory.of_caller(self.share.memory, is_small);
        if !add_bytes(&self.memory, bytes, most) {
            return Err(Cause::MemoryOfCaller);
        }
        memory.take(bytes, is_small).inspect_err(|_| {
            self.memory.fetch_sub(bytes, Ordering::AcqRel);
        })
    }
}

/// Adds unless the sum would exceed the most.
fn add(counter: &AtomicU32, most: u32) -> bool {
    let next = |held: u32| held.checked_add(1).filter(|sum| *sum <= most);
    counter
        .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
        .is_ok()
}

fn add_bytes(counter: &AtomicU64, bytes: u64, most: u64) -> bool {
    let next = |held: u64| held.checked_add(bytes).filter(|sum| *sum <= most);
    counter
        .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
        .is_ok()
}

/// A place that is taken, until it is dropped.
pub(super) struct Place {
    admission: Arc<Admission>,
    account: Arc<Account>,
    kind: PlaceKind,
}

impl Place {
    /// Takes a place, or says which bound refuses it.
    pub(super) fn take(
        admission: &Arc<Admission>,
        account: &Arc<Account>,
        kind: PlaceKind,
    ) -> Result<Self, Cause> {
        let (of_caller, in_all) = match kind {
            PlaceKind::Call => (Cause::CallsOfCaller, Cause::Calls),
            PlaceKind::Stream => (Cause::StreamsOfCaller, Cause::Streams),
            PlaceKind::Watch => (Cause::WatchesOfCaller, Cause::WatchesOfCaller),
        };
        let at = kind as usize;
        if !add(&account.places[at], account.share.places[at]) {
            return Err(of_caller);
        }
        if !add(
            &admission.totals.places[at],
            admission.totals.places_max[at],
        ) {
            account.places[at].fetch_sub(1, Ordering::AcqRel);
            return Err(in_all);
        }
        Ok(Self {
            admission: Arc::clone(admission),
            account: Arc::clone(account),
            kind,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let at = self.kind as usize;
        self.account.places[at].fetch_sub(1, Ordering::AcqRel);
        self.admission.totals.places[at].fetch_sub(1, Ordering::AcqRel);
    }
}

/// The accounts of callers with a call under way.
pub(super) struct Accounts {
    shares: Shares,
    open: Mutex<HashMap<AccountKey, Weak<Account>>>,
}

impl Accounts {
    pub(super) fn new(shares: Shares) -> Self {
        Self {
            shares,
            open: Mutex::default(),
        }
    }

    /// The account of a caller.
    pub(super) fn of(&self, key: AccountKey) -> Arc<Account> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = open.get(&key).and_then(Weak::upgrade) {
            return account;
        }
        if open.len() >= SWEPT_AT && open.len() == open.capacity() {
            open.retain(|_, account| account.strong_count() > 0);
        }
        let account = Arc::new(Account::new(self.shares.of(key.role())));
        open.insert(key, Arc::downgrade(&account));
        account
    }
}
