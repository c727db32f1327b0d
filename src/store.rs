//! Storage of the log, the history and the checkpoints, behind one trait.
//!
//! The journal and the engine use [`Store`]. [`SledStore`] keeps the data on disk, and
//! [`MemoryStore`] keeps it for as long as the process lives.

use std::io;

mod checkpoint;
mod config;
#[cfg(test)]
mod conformance;
mod error;
#[cfg(test)]
pub(crate) mod faulty;
mod layout;
mod memory;
mod sled;

pub use config::StoreConfig;
pub use error::{Retry, StoreError};
pub use memory::MemoryStore;
pub use sled::SledStore;

/// A row of history: its key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// A log frame with its sequence, as [`Store::scan`] yields it.
pub type SequencedFrame = (u64, Vec<u8>);

/// A verified checkpoint: the sequence it covers, and its bytes.
pub type LoadedCheckpoint = (u64, Box<dyn io::Read + Send>);

/// Keeps an append-only log of frames, a keyed history and checkpoints of the state.
pub trait Store: Send + Sync {
    /// Adds a frame to the log. Durable only after [`Store::flush`].
    ///
    /// A sequence is written once: taking one that is already in the log is refused.
    fn append(&self, sequence: u64, frame: &[u8]) -> Result<(), StoreError>;

    /// Makes everything written so far durable.
    fn flush(&self) -> Result<(), StoreError>;

    /// The highest sequence in the log, or `None` when it is empty.
    fn last_sequence(&self) -> Result<Option<u64>, StoreError>;

    /// The frame at `sequence`.
    fn read(&self, sequence: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Removes one frame and makes the removal durable. Recovery uses it to drop a torn tail.
    fn remove(&self, sequence: u64) -> Result<(), StoreError>;

    /// Puts another frame in the place of one that is there. Durable only after [`Store::flush`].
    /// Only erasure does this: otherwise the log is append-only.
    fn replace(&self, sequence: u64, frame: &[u8]) -> Result<(), StoreError>;

    /// Frames from `from` on, in order of sequence.
    fn scan(&self, from: u64) -> Box<dyn Iterator<Item = Result<SequencedFrame, StoreError>> + '_>;

    /// Starts a checkpoint, which is invisible until it is committed.
    fn begin_checkpoint(&self) -> Result<Box<dyn CheckpointWriter>, StoreError>;

    /// The newest checkpoint whose checksum holds.
    fn load_checkpoint(&self) -> Result<Option<LoadedCheckpoint>, StoreError>;

    /// Removes every checkpoint and makes the removal durable.
    fn drop_checkpoints(&self) -> Result<(), StoreError>;

    /// Writes history rows, all or none. Durable only after [`Store::flush`].
    fn put_history(&self, rows: &[Row]) -> Result<(), StoreError>;

    /// Up to `limit` history rows whose key starts with `prefix` and is not before `from_key`,
    /// in order of key.
    fn scan_history(
        &self,
        prefix: &[u8],
        from_key: &[u8],
        limit: usize,
    ) -> Result<Vec<Row>, StoreError>;

    /// Removes all history rows. Durable only after [`Store::flush`].
    fn clear_history(&self) -> Result<(), StoreError>;

    /// A small value that is kept beside the log under a name.
    fn note(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps a small value under a name, or drops it; durable on return, with all that was
    /// written before.
    fn put_note(&self, name: &str, value: Option<&[u8]>) -> Result<(), StoreError>;

    /// Bytes the store takes up.
    fn size_bytes(&self) -> Result<u64, StoreError>;
}

/// A checkpoint being written. Dropping it uncommitted leaves no trace.
pub trait CheckpointWriter: io::Write + Send {
    /// Makes the checkpoint durable as the state after `sequence`.
    fn commit(self: Box<Self>, sequence: u64) -> Result<(), StoreError>;
}
