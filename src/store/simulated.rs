//! A store whose log lies on a simulated disk, for tests of the rooms above.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::disk::simulated::SimulatedDisk;
pub(crate) use super::disk::simulated::{Crash, Fault};
use super::log::SegmentLog;
use super::{
    CheckpointWriter, LoadedCheckpoint, LogEnd, LogRewrite, MemoryStore, Rows, ScrubCursor,
    Scrubbed, SequencedFrame, Store, StoreError,
};

const SEGMENT_BYTES: u64 = 4096;

/// The log on a simulated disk; everything else in memory.
pub(crate) struct SimulatedStore {
    disk: SimulatedDisk,
    log: SegmentLog,
    rest: MemoryStore,
}

impl SimulatedStore {
    /// An empty store on an empty disk.
    pub(crate) fn new(seed: u64) -> Self {
        let disk = SimulatedDisk::new(seed);
        SegmentLog::create(&disk).unwrap();
        Self::on(disk, MemoryStore::new()).unwrap()
    }

    fn on(disk: SimulatedDisk, rest: MemoryStore) -> Result<Self, StoreError> {
        Ok(Self {
            log: SegmentLog::open(Arc::new(disk.clone()), SEGMENT_BYTES, || Ok(0))?,
            disk,
            rest,
        })
    }

    /// Lets a fault happen after so many operations that it can befall.
    pub(crate) fn arm(&self, operations: usize, fault: Fault) {
        self.disk.arm(operations, fault);
    }

    /// Takes the fault back.
    pub(crate) fn disarm(&self) {
        self.disk.disarm();
    }

    /// The store that the next process opens.
    pub(crate) fn after(&self, crash: Crash) -> Result<Self, StoreError> {
        Self::on(self.disk.after(crash), self.rest.clone())
    }
}

impl Store for SimulatedStore {
    fn append(&self, sequence: u64, events: u64, frame: &[u8]) -> Result<(), StoreError> {
        self.log.append(sequence, events, frame)
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.log.flush()
    }

    fn log_end(&self) -> Result<LogEnd, StoreError> {
        self.log.end()
    }

    fn read(&self, sequence: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.log.read(sequence)
    }

    fn scan(&self, from: u64) -> Box<dyn Iterator<Item = Result<SequencedFrame, StoreError>> + '_> {
        Box::new(self.log.scan(from))
    }

    fn begin_rewrite(&self) -> Result<Box<dyn LogRewrite + '_>, StoreError> {
        Ok(Box::new(self.log.begin_rewrite()?))
    }

    fn scrub(&self, cursor: &mut ScrubCursor, bytes_max: u64) -> Result<Scrubbed, StoreError> {
        self.log.scrub(cursor, bytes_max)
    }

    fn begin_checkpoint(&self, sequence: u64) -> Result<Box<dyn CheckpointWriter>, StoreError> {
        self.rest.begin_checkpoint(sequence)
    }

    fn load_checkpoint(&self) -> Result<Option<LoadedCheckpoint>, StoreError> {
        self.rest.load_checkpoint()
    }

    fn drop_checkpoints(&self) -> Result<(), StoreError> {
        self.rest.drop_checkpoints()
    }

    fn history(&self) -> &dyn Rows {
        self.rest.history()
    }

    fn note(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.rest.note(name)
    }

    fn put_note(&self, name: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
        self.rest.put_note(name, value)
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        self.rest.size_bytes()
    }
}
