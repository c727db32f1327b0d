//! The budget of memory: bytes that calls hold, and what the process leaves them.
//!
//! `limits.memory` bounds the resident memory of the process. Calls may hold what its own memory
//! (state, caches, passes) leaves below the mark, and the least in any case: a state that outgrows the
//! limit must not end the service.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::instruments::{Cause, MemoryReading};

/// The share of the limit up to which calls may fill the process, in percent. The rest is for what
/// comes between two looks, transient copies, and free memory that the allocator keeps.
const MARK_PERCENT: u64 = 75;
/// Parts of the limit of which calls may hold one in any case.
const LEAST_PARTS: u64 = 4;
/// Parts of the limit of which small reads may hold one beyond what all may.
const SMALL_PARTS: u64 = 16;
/// For how long a process above its bound refuses large calls. Those under way hold half as much after
/// each look and nothing after 20, so that what is left then is the service's own.
const FULL_MAX: Duration = Duration::from_secs(2);

/// Bytes of all calls, with their bounds.
#[derive(Debug)]
pub(super) struct Memory {
    /// Bytes that the process may have.
    limit: u64,
    /// Bytes that calls hold.
    held: AtomicU64,
    /// Bytes that calls may hold, as of the last look.
    allowed: AtomicU64,
    /// Bytes that one more call may allocate by itself, as of the last look.
    room: AtomicU64,
    /// Whether the process is above its bound.
    is_full: AtomicBool,
}

/// What a look at the process asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// Bytes that calls hold too much.
    pub(super) excess: u64,
    /// Whether the service's own memory was just found to be beyond the limit.
    pub(super) is_outgrown_now: bool,
}

/// What the looks before have found.
#[derive(Debug)]
pub(super) struct Looks {
    /// Resident bytes that are known to be the service's own.
    own: u64,
    full_since: Option<Instant>,
}

impl Looks {
    /// Begins with what is resident before the first call.
    pub(super) const fn begin(resident: u64) -> Self {
        Self {
            own: resident,
            full_since: None,
        }
    }
}

impl Memory {
    pub(super) const fn new(limit: u64) -> Self {
        Self {
            limit,
            held: AtomicU64::new(0),
            allowed: AtomicU64::new(limit),
            room: AtomicU64::new(u64::MAX),
            is_full: AtomicBool::new(false),
        }
    }

    pub(super) const fn limit(&self) -> u64 {
        self.limit
    }

    /// The bytes that calls may hold whatever the process has.
    const fn least(&self) -> u64 {
        self.limit / LEAST_PARTS
    }

    /// Whether so much of its own leaves calls no more than the least.
    pub(super) const fn is_outgrown(&self, own: u64) -> bool {
        own.saturating_add(self.least()) > self.limit
    }

    /// Whether large calls are refused.
    pub(super) fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Acquire)
    }

    /// Whether a call may allocate so many bytes by itself.
    pub(super) fn has_room(&self, bytes: u64) -> bool {
        self.room.load(Ordering::Acquire) >= bytes
    }

    /// The bytes that one caller may hold: its share, and never all that is left to calls.
    pub(super) fn of_caller(&self, share: u64, is_small: bool) -> u64 {
        share.min(self.allowed.load(Ordering::Acquire) / 4 * 3) + self.reserve(is_small)
    }

    /// Small reads go on where large calls are refused.
    const fn reserve(&self, is_small: bool) -> u64 {
        if is_small {
            self.limit / SMALL_PARTS
        } else {
            0
        }
    }

    /// Takes bytes, or says which bound refuses them.
    pub(super) fn take(&self, bytes: u64, is_small: bool) -> Result<(), Cause> {
        let allowed = self.allowed.load(Ordering::Acquire);
        let most = allowed + self.reserve(is_small);
        let next = |held: u64| held.checked_add(bytes).filter(|sum| *sum <= most);
        self.held
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
            .map(drop)
            .map_err(|_| {
                if allowed < self.limit {
                    Cause::Resident
                } else {
                    Cause::Memory
                }
            })
    }

    /// Counts bytes that are there already.
    pub(super) fn count(&self, bytes: u64) {
        self.held.fetch_add(bytes, Ordering::AcqRel);
    }

    pub(super) fn free(&self, bytes: u64) {
        self.held.fetch_sub(bytes, Ordering::AcqRel);
    }

    /// Sets what calls may hold by what is resident, and says what they hold too much.
    pub(super) fn look(&self, looks: &mut Looks, resident: u64, now: Instant) -> Look {
        let held = self.held.load(Ordering::Acquire);
        let own = resident.saturating_sub(held);
        let mark = self.limit / 100 * MARK_PERCENT;
        looks.own = looks.own.min(resident);
        let bound = self.limit.max(looks.own.saturating_add(self.least()));
        let allowed = mark.saturating_sub(own).clamp(self.least(), self.limit);
        let mut is_full = resident >= bound;
        let mut is_outgrown_now = false;
        if !is_full {
            looks.full_since = None;
        } else if now.duration_since(*looks.full_since.get_or_insert(now)) >= FULL_MAX {
            looks.own = own;
            looks.full_since = None;
            (is_full, is_outgrown_now) = (false, true);
        }
        self.allowed.store(allowed, Ordering::Release);
        let room = bound.saturating_sub(resident);
        self.room.store(room, Ordering::Release);
        self.is_full.store(is_full, Ordering::Release);
        let kept = if is_full {
            allowed.min(held / 2)
        } else {
            allowed
        };
        Look {
            excess: held.saturating_sub(kept),
            is_outgrown_now,
        }
    }

    /// The figures for metrics.
    pub(super) fn reading(&self, looks: &Looks) -> MemoryReading {
        MemoryReading {
            limit: self.limit,
            calls: self.held.load(Ordering::Acquire),
            calls_limit: self.allowed.load(Ordering::Acquire),
            is_outgrown: self.is_outgrown(looks.own),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;
    const LIMIT: u64 = 200 * MIB;

    fn memory(held: u64) -> Memory {
        let memory = Memory::new(LIMIT);
        memory.count(held);
        memory
    }

    fn mib(bytes: u64) -> u64 {
        bytes.div_ceil(MIB)
    }

    #[test]
    fn calls_may_hold_what_the_service_leaves_below_the_mark() {
        let (memory, mut looks) = (memory(30 * MIB), Looks::begin(40 * MIB));
        let now = Instant::now();
        // 70 are resident and 30 of calls: 40 are its own, and the mark is at 150.
        let look = memory.look(&mut looks, 70 * MIB, now);
        assert_eq!(look.excess, 0);
        assert_eq!(mib(memory.reading(&looks).calls_limit), 110);
        assert_eq!(memory.take(100 * MIB, false), Err(Cause::Resident));
        assert_eq!(memory.take(80 * MIB, false), Ok(()));
        // Small reads go on beyond it.
        assert_eq!(memory.take(12 * MIB, false), Err(Cause::Resident));
        assert_eq!(memory.take(12 * MIB, true), Ok(()));
    }

    #[test]
    fn process_above_the_mark_takes_back_what_calls_hold_too_much() {
        let (memory, mut looks) = (memory(100 * MIB), Looks::begin(40 * MIB));
        let look = memory.look(&mut looks, 190 * MIB, Instant::now());
        // 90 are its own: 60 are left to calls below the mark.
        assert_eq!(mib(memory.reading(&looks).calls_limit), 60);
        assert_eq!(mib(look.excess), 40);
        assert!(!memory.is_full());
        assert!(memory.has_room(10 * MIB) && !memory.has_room(11 * MIB));
    }

    #[test]
    fn process_above_its_bound_refuses_large_calls_until_the_rest_is_its_own() {
        let (memory, mut looks) = (memory(100 * MIB), Looks::begin(40 * MIB));
        let start = Instant::now();
        let look = memory.look(&mut looks, 220 * MIB, start);
        assert!(memory.is_full() && !look.is_outgrown_now);
        assert_eq!(look.excess, 50 * MIB);
        memory.free(100 * MIB);
        let look = memory.look(&mut looks, 220 * MIB, start + FULL_MAX);
        assert!(look.is_outgrown_now && !memory.is_full());
        // From now on calls have the least, and the alert is raised.
        let reading = memory.reading(&looks);
        assert!(reading.is_outgrown && reading.calls_limit == 50 * MIB);
        memory.look(&mut looks, 260 * MIB, start + FULL_MAX);
        assert!(!memory.is_full());
        memory.look(&mut looks, 271 * MIB, start + FULL_MAX);
        assert!(memory.is_full());
        // Its own memory shrinks, and so does the bound.
        memory.look(&mut looks, 90 * MIB, start + FULL_MAX);
        assert!(!memory.is_full() && !memory.reading(&looks).is_outgrown);
        memory.look(&mut looks, 201 * MIB, start + FULL_MAX);
        assert!(memory.is_full());
    }

    #[test]
    fn state_beyond_the_limit_at_the_start_leaves_the_least_to_calls() {
        let (memory, mut looks) = (memory(0), Looks::begin(500 * MIB));
        let look = memory.look(&mut looks, 500 * MIB, Instant::now());
        assert!(!memory.is_full() && !look.is_outgrown_now);
        assert!(memory.reading(&looks).is_outgrown);
        assert_eq!(memory.take(50 * MIB, false), Ok(()));
        assert_eq!(memory.take(1, false), Err(Cause::Resident));
        assert_eq!(memory.of_caller(50 * MIB, false), 50 * MIB / 4 * 3);
    }
}
