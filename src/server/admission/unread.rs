//! Answers that are under way, so that those which nobody takes can be dropped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::outbound::Slot;

/// The answers under way, by number.
#[derive(Default)]
pub(super) struct Unread(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    next: u64,
    slots: BTreeMap<u64, Weak<Slot>>,
}

impl Unread {
    /// Adds an answer, and returns its number.
    pub(super) fn add(&self, slot: &Arc<Slot>) -> u64 {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = slots.next;
        slots.next += 1;
        slots.slots.insert(number, Arc::downgrade(slot));
        number
    }

    pub(super) fn remove(&self, number: u64) {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.slots.remove(&number);
    }

    /// Drops what nobody has taken for so long, and says how many answers that were.
    pub(super) fn drop_older_than(&self, age: Duration) -> usize {
        let now = Instant::now();
        self.under_way()
            .iter()
            .filter(|slot| slot.drop_if_unread(now, age))
            .count()
    }

    /// Drops the answers of calls whose memory is taken back.
    pub(super) fn drop_shed(&self) {
        for slot in self.under_way() {
            slot.drop_if_shed();
        }
    }

    fn under_way(&self) -> Vec<Arc<Slot>> {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.slots.values().filter_map(Weak::upgrade).collect()
    }
}
