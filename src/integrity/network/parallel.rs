//! The same work on one or two threads.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// More would not help on the machines this is made for, and would take from the service.
const MOST_THREADS: usize = 2;
/// Below this many items a second thread costs more than it brings.
const WORTH_A_THREAD: usize = 64;

/// Calls `work` for blocks that cover `0..items`, each once. Blocks must not depend on each other.
pub(super) fn each_block(threads: usize, items: usize, work: impl Fn(Range<usize>) + Sync) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

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
