//! A store that fails on demand and forgets, on a crash, what was not flushed.
#![allow(clippy::unwrap_used)]

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use super::{
    CheckpointWriter, LoadedCheckpoint, MemoryStore, Row, SequencedFrame, Store, StoreError,
};

/// Wraps the memory store; faults are armed by the test.
#[derive(Default)]
pub(crate) struct FaultyStore {
    durable: MemoryStore,
    pending: Mutex<Vec<SequencedFrame>>,
    /// Appends left before one fails; 0 is disarmed.
    pub(crate) fail_append_in: AtomicUsize,
    pub(crate) fail_flush: AtomicBool,
}

impl FaultyStore {
    /// The data that a restart would find: flushed data, the first `kept` of the unflushed frames, and
    /// the first `torn` bytes of the next.
    pub(crate) fn after_crash(&self, kept: usize, torn: usize) -> MemoryStore {
        let store = MemoryStore::new();
        for item in self.durable.scan(0) {
            let (sequence, frame) = item.unwrap();
            store.append(sequence, &frame).unwrap();
        }
        for (i, (sequence, frame)) in self.pending.lock().unwrap().iter().enumerate() {
            if i < kept {
                store.append(*sequence, frame).unwrap();
            } else if i == kept && torn > 0 {
                store
                    .append(*sequence, &frame[..torn.min(frame.len() - 1)])
                    .unwrap();
            }
        }
        store
    }
}

impl Store for FaultyStore {
    fn append(&self, sequence: u64, frame: &[u8]) -> Result<(), StoreError> {
        let left = self.fail_append_in.load(Ordering::SeqCst);
        if left > 0 {
            self.fail_append_in.store(left - 1, Ordering::SeqCst);
            if left == 1 {
                return Err(StoreError::Full);
            }
        }
        self.pending
            .lock()
            .unwrap()
            .push((sequence, frame.to_vec()));
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        if self.fail_flush.swap(false, Ordering::SeqCst) {
            return Err(StoreError::io("flush", std::io::Error::other("injected")));
        }
        for (sequence, frame) in self.pending.lock().unwrap().drain(..) {
            self.durable.append(sequence, &frame)?;
        }
        Ok(())
    }

    fn last_sequence(&self) -> Result<Option<u64>, StoreError> {
        self.durable.last_sequence()
    }

    fn read(&self, sequence: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.durable.read(sequence)
    }

    fn remove(&self, sequence: u64) -> Result<(), StoreError> {
        self.durable.remove(sequence)
    }

    fn replace(&self, sequence: u64, frame: &[u8]) -> Result<(), StoreError> {
        self.durable.replace(sequence, frame)
    }

    fn scan(&self, from: u64) -> Box<dyn Iterator<Item = Result<SequencedFrame, StoreError>> + '_> {
        self.durable.scan(from)
    }

    fn begin_checkpoint(&self) -> Result<Box<dyn CheckpointWriter>, StoreError> {
        self.durable.begin_checkpoint()
    }

    fn load_checkpoint(&self) -> Result<Option<LoadedCheckpoint>, StoreError> {
        self.durable.load_checkpoint()
    }

    fn drop_checkpoints(&self) -> Result<(), StoreError> {
        self.durable.drop_checkpoints()
    }

    fn put_history(&self, rows: &[Row]) -> Result<(), StoreError> {
        self.durable.put_history(rows)
    }

    fn scan_history(
        &self,
        prefix: &[u8],
        from_key: &[u8],
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        self.durable.scan_history(prefix, from_key, limit)
    }

    fn clear_history(&self) -> Result<(), StoreError> {
        self.durable.clear_history()
    }

    fn note(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.durable.note(name)
    }

    fn put_note(&self, name: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
        self.durable.put_note(name, value)
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        self.durable.size_bytes()
    }
}
