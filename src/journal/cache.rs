//! A cache of the records that were read last, unpacked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Record;

const MAX_RECORDS: usize = 8;
const MAX_WEIGHT: usize = 32 * 1024 * 1024;

/// A few records, the most recently used first.
#[derive(Default)]
pub(super) struct RecordCache {
    slots: Mutex<Vec<(u64, Arc<Record>)>>,
    /// Raised when records are rewritten: a record that was read before is not cached then.
    age: AtomicU64,
}

impl RecordCache {
    pub(super) fn get(&self, sequence: u64) -> Option<Arc<Record>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let at = slots.iter().position(|(s, _)| *s == sequence)?;
        slots[..=at].rotate_right(1);
        slots.first().map(|(_, record)| Arc::clone(record))
    }

    /// Returns the age of the cache; take it before reading a record that is put here.
    pub(super) fn age(&self) -> u64 {
        self.age.load(Ordering::Acquire)
    }

    /// Drops everything, and refuses records that are being read now.
    pub(super) fn forget(&self) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        self.age.fetch_add(1, Ordering::AcqRel);
        slots.clear();
    }

    pub(super) fn put(&self, age: u64, sequence: u64, record: Arc<Record>) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if age != self.age() {
            return;
        }
        slots.retain(|(s, _)| *s != sequence);
        slots.insert(0, (sequence, record));
        slots.truncate(MAX_RECORDS);
        // The newest stays whatever it weighs: it is the one being read.
        while slots.len() > 1 && slots.iter().map(|(_, r)| r.weight()).sum::<usize>() > MAX_WEIGHT {
            slots.pop();
        }
    }
}
