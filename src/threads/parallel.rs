//! Runs work in blocks on one or several threads, with the same result.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Threads of a pass. More would not help on the intended machines, and would slow the service.
pub const PASS_THREADS: usize = 2;
/// Fewest items for which a second thread is worth its cost.
const WORTH_A_THREAD: usize = 64;
/// Most items of a block; cancellation is checked before each block.
const BLOCK_MOST: usize = 256;

/// Calls `work` for blocks that cover `0..items` once. Blocks must not depend on each other.
pub fn each_block(threads: usize, items: usize, work: impl Fn(Range<usize>) + Sync) {
    let block = (items / 64).clamp(1, BLOCK_MOST);
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
        for _ in 1..threads {
            // Without a second thread this one does all the work.
            let _ = thread::Builder::new().spawn_scoped(scope, run);
        }
        run();
    });
}

/// Calls both, the second on a thread of its own if one can be started. A panic of the second there
/// is its result.
pub fn both<A, B: Send>(
    first: impl FnOnce() -> A,
    second: impl Fn() -> B + Sync,
) -> (A, thread::Result<B>) {
    thread::scope(
        |scope| match thread::Builder::new().spawn_scoped(scope, &second) {
            Ok(started) => (first(), started.join()),
            Err(_) => (first(), Ok(second())),
        },
    )
}

/// Returns the results of `work` for blocks that cover `0..items`, in order.
pub fn gathered<T: Send>(
    threads: usize,
    items: usize,
    work: impl Fn(Range<usize>) -> Vec<T> + Sync,
) -> Vec<T> {
    let parts = Mutex::new(Vec::new());
    each_block(threads, items, |range| {
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
    fn results_keep_the_order_of_blocks() {
        for items in [0, 1, 63, 5000, 70_000] {
            let truth: Vec<usize> = (0..items).step_by(3).collect();
            for threads in [1, 2, 5] {
                let third = |range: Range<usize>| range.filter(|item| item % 3 == 0).collect();
                assert_eq!(gathered(threads, items, third), truth);
            }
        }
    }

    #[test]
    fn every_item_is_visited_once() {
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
