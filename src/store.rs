//! Storage of the log, the history and the checkpoints, behind one trait.
//!
//! The journal and the engine use [`Store`]. [`FileStore`] keeps the data on disk, and
//! [`MemoryStore`] keeps it for as long as the process lives.

use std::io;

mod checkpoint;
mod config;
#[cfg(test)]
mod conformance;
mod disk;
mod error;
mod file;
mod format_1;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod layout;
mod log;
mod memory;
mod migration;
mod notes;
mod rows;
#[cfg(test)]
pub(crate) mod simulated;

pub use config::StoreConfig;
pub use error::{Retry, StoreError};
pub use file::{FileStore, notes_in, salvage_log, verify_log};
pub use log::{LogEnd, LogReport, Salvage, SalvagedFrame, ScrubCursor, Scrubbed, TakenGeneration};
pub use memory::MemoryStore;
pub use rows::Rows;

/// A row of history: its key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// A log frame with its sequence, as [`Store::scan`] yields it.
pub type SequencedFrame = (u64, Vec<u8>);

/// A verified checkpoint: the sequence it covers, and its bytes.
pub type LoadedCheckpoint = (u64, Box<dyn io::Read + Send>);

/// Keeps an append-only log of frames, a keyed history and checkpoints of the state.
pub trait Store: Send + Sync {
    /// Adds a frame to the log, with the number of events up to and with it. Durable, and to be
    /// read, only after [`Store::flush`].
    ///
    /// A sequence that does not follow on the last one is refused.
    fn append(&self, sequence: u64, events: u64, frame: &[u8]) -> Result<(), StoreError>;

    /// Makes all appended frames durable, or none of them.
    ///
    /// After [`StoreError::Unwritten`] the log is as it was, and the frames can be appended again. A
    /// crash before the next flush may still make them part of the log.
    /// After any other error it takes nothing more until it is opened again.
    fn flush(&self) -> Result<(), StoreError>;

    /// The end of the durable log.
    fn log_end(&self) -> Result<LogEnd, StoreError>;

    /// The frame at `sequence`.
    fn read(&self, sequence: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Frames from `from` on, in order of sequence.
    fn scan(&self, from: u64) -> Box<dyn Iterator<Item = Result<SequencedFrame, StoreError>> + '_>;

    /// Begins to replace frames of the log. Only erasure does this: otherwise the log is
    /// append-only.
    fn begin_rewrite(&self) -> Result<Box<dyn LogRewrite + '_>, StoreError>;

    /// Reads about so many bytes of the log again, from where the cursor is, and checks them.
    fn scrub(&self, cursor: &mut ScrubCursor, bytes_max: u64) -> Result<Scrubbed, StoreError>;

    /// Starts a checkpoint of the state after a durable record, which is invisible until it is
    /// committed.
    fn begin_checkpoint(&self, sequence: u64) -> Result<Box<dyn CheckpointWriter>, StoreError>;

    /// The newest checkpoint whose checksum holds and which is of this log, as far as the log reaches.
    fn load_checkpoint(&self) -> Result<Option<LoadedCheckpoint>, StoreError>;

    /// Removes every checkpoint and makes the removal durable.
    fn drop_checkpoints(&self) -> Result<(), StoreError>;

    /// The history.
    fn history(&self) -> &dyn Rows;

    /// A small value that is kept beside the log under a name.
    fn note(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps a small value under a name, or drops it; durable on return.
    fn put_note(&self, name: &str, value: Option<&[u8]>) -> Result<(), StoreError>;

    /// Bytes the store takes up.
    fn size_bytes(&self) -> Result<u64, StoreError>;
}

/// A checkpoint being written. Dropping it uncommitted leaves no trace.
pub trait CheckpointWriter: io::Write + Send {
    /// Makes the checkpoint durable.
    fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// A change of the log that counts as a whole or not at all. Dropping it uncommitted leaves the
/// log as it was. Nothing may be appended meanwhile.
pub trait LogRewrite {
    /// Puts another frame in the place of one that is there, with as many events. Sequences rise
    /// from call to call.
    fn replace(&mut self, sequence: u64, frame: &[u8]) -> Result<(), StoreError>;

    /// Adds a frame behind the last, with the number of events up to and with it. No replacement
    /// may follow.
    fn append(&mut self, events: u64, frame: &[u8]) -> Result<(), StoreError>;

    /// Makes the changed log durable. After [`StoreError::Unwritten`] the log is as it was; after any
    /// other error it is not known which of both it is, and it takes nothing more.
    fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
