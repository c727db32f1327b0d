//! Room for threads and memory, asked for before it is needed. Most of what follows can only panic or
//! abort without it.

use std::io;
use std::sync::{PoisonError, RwLock};
use std::thread;

/// Bytes that a start needs beside the stacks of its threads.
const BYTES: usize = 64 * 1024 * 1024;
/// Bytes of a thread's stack, with its guard and what it allocates at its start.
const STACK_BYTES: usize = 2 * MIB + 128 * 1024;
const MIB: usize = 1024 * 1024;

/// The system has no room.
#[derive(Debug, thiserror::Error)]
pub enum NoRoom {
    /// For memory.
    #[error(
        "there is no room for {} MiB of memory: raise the limit of the process (ulimit -v), or of its \
         container", bytes.div_ceil(MIB)
    )]
    Memory {
        /// Bytes that were asked for.
        bytes: usize,
    },
    /// For threads.
    #[error(
        "there is no room for {threads} threads ({error}): raise the limits of memory and processes \
         (ulimit -v and -u), or of the container"
    )]
    Threads {
        /// Threads that were asked for.
        threads: usize,
        /// The failure of the first that could not start.
        error: io::Error,
    },
}

/// Checks that so many threads can run at once, with some memory beside their stacks.
pub fn check(threads: usize) -> Result<(), NoRoom> {
    // First all at once, whose failure is clean: a thread that has started may miss memory of its own.
    drop(reserve(BYTES + threads * STACK_BYTES)?);
    let _reserved = reserve(BYTES)?;
    let gate = RwLock::new(());
    thread::scope(|scope| {
        let closed = gate.write().unwrap_or_else(PoisonError::into_inner);
        let starts = (0..threads).map(|_| {
            let wait = || drop(gate.read());
            thread::Builder::new().spawn_scoped(scope, wait)
        });
        let started: Result<Vec<_>, io::Error> = starts.collect();
        drop(closed);
        let started = started.map_err(|error| NoRoom::Threads { threads, error })?;
        // The end of the scope would not wait until their stacks are free.
        for thread in started {
            let _ = thread.join();
        }
        Ok(())
    })
}

/// Checks that so many bytes can be had.
pub fn check_memory(bytes: u64) -> Result<(), NoRoom> {
    reserve(usize::try_from(bytes).unwrap_or(usize::MAX)).map(drop)
}

/// Reserves bytes without touching them.
fn reserve(bytes: usize) -> Result<Vec<u8>, NoRoom> {
    let mut reserved = Vec::new();
    match reserved.try_reserve_exact(bytes) {
        Ok(()) => Ok(reserved),
        Err(_) => Err(NoRoom::Memory { bytes }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_threads_have_room_and_all_memory_has_none() {
        assert!(check(8).is_ok());
        let refused = check_memory(u64::MAX).expect_err("no machine has that");
        assert!(refused.to_string().contains("ulimit -v"), "{refused}");
    }
}
