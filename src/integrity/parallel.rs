//! The same work on one or two threads.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// More would not help on the machines this is made for, and would take from the service.
pub(in crate::integrity) const MOST_THREADS: usize = 2;
/// Below this many items a second thread costs more than it brings.
const WORTH_A_THREAD: usize = 64;

/// Calls `work` for blocks that cover `0..items`, each once. Blocks must not depend on each other.
pub(in crate::integrity) fn each_block(
    threads: usize,
    items: usize,
    work: impl Fn(Range<usize>) + Sync,
) {
    let block = (items / 64).clamp(1, 4096);
    let next = AtomicUsize::new(0);
    let run = || {
        loop {
            let start = next.fetch_add(block, Ordering::Relaxed);
            if start >= items {
                break;
            }
            work(start..items.min(start + block));
        }
    };
    if threads < 2 || items < WORTH_A_THREAD {
        return run();
    }
    thread::scope(|scope| {
        for _ in 1..threads.min(MOST_THREADS) {
            // Where no thread can be had, this one does all the work.
            let _ = thread::Builder::new().spawn_scoped(scope, run);
        }
        run();
    });
}

/// What `work` finds in each of the blocks that cover `0..items`, in their order.
pub(in crate::integrity) fn gathered<T: Send>(
    items: usize,
    work: impl Fn(Range<usize>) -> Vec<T> + Sync,
) -> Vec<T> {
    let parts = Mutex::new(Vec::new());
    each_block(MOST_THREADS, items, |range| {
        let start = range.start;
        let found = work(range);
        let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.push((start, found));
    });
    let mut parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
    parts.sort_unstable_by_key(|part| part.0);
    let mut all = Vec::with_capacity(parts.iter().map(|part| part.1.len()).sum());
    all.extend(parts.into_iter().flat_map(|part| part.1));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn what_is_found_keeps_its_order() {
        for items in [0, 1, 63, 5000, 70_000] {
            let found = gathered(items, |range| range.filter(|item| item % 3 == 0).collect());
            let truth: Vec<usize> = (0..items).step_by(3).collect();
            assert_eq!(found, truth);
        }
    }

    #[test]
    fn every_item_once() {
        for items in [0, 1, 63, 64, 1000, 70_000] {
            for threads in [0, 1, 2, 9] {
                let seen: Vec<AtomicU32> = (0..items).map(|_| AtomicU32::new(0)).collect();
                each_block(threads, items, |range| {
                    for item in range {
                        seen[item].fetch_add(1, Ordering::Relaxed);
                    }
                });
                assert!(seen.iter().all(|n| n.load(Ordering::Relaxed) == 1));
            }
        }
    }
}
