//! Groups events into records of the log.

use super::EngineError;
use crate::journal::{BatchBuilder, FrameError};

/// Events of one record: they are addressed by 16 bits.
const RECORD_EVENTS: usize = 16_384;
/// Bytes of one record before compression: what reading one text back costs. Leaves of the store
/// hold 16 records each, and some 256 leaves stay in memory whatever the size of the cache.
const RECORD_BYTES: usize = 64 * 1024;

/// Records of one group commit, in the making.
pub(super) struct Records {
    full: Vec<BatchBuilder>,
    open: Option<BatchBuilder>,
    first_sequence: u64,
    received_ms: i64,
}

impl Records {
    /// No records yet; the first one gets `first_sequence`. The time of receipt is for operators and
    /// the clock of the next start; no score depends on it.
    pub(super) const fn new(first_sequence: u64, received_ms: i64) -> Self {
        Self {
            full: Vec::new(),
            open: None,
            first_sequence,
            received_ms,
        }
    }

    /// Returns the sequence and the index of the next event, of `bytes` bytes.
    pub(super) fn next_position(&mut self, bytes: usize) -> (u64, usize) {
        let full = self.open.as_ref().is_some_and(|open| {
            open.count() as usize >= RECORD_EVENTS || open.len_bytes() + bytes > RECORD_BYTES
        });
        if full {
            self.full.extend(self.open.take());
        }
        let index = self.open.as_ref().map_or(0, |open| open.count() as usize);
        (self.first_sequence + self.full.len() as u64, index)
    }

    /// Adds the event whose position was returned last.
    pub(super) fn push(&mut self, first_ordinal: u64, encoded: &[u8]) -> Result<(), EngineError> {
        let received_ms = self.received_ms;
        let open = self
            .open
            .get_or_insert_with(|| BatchBuilder::new(first_ordinal, received_ms));
        open.push(encoded)
            .map_err(|error: FrameError| EngineError::Full(error.to_string()))
    }

    /// The records in order, to be compressed elsewhere.
    pub(super) fn finish(mut self) -> Vec<BatchBuilder> {
        self.full.extend(self.open);
        self.full
    }
}
