//! What a log must be: whole frames, each of which starts where the one before ended.

use crate::store::{Store, StoreError};

use super::{FrameError, JournalError, Record};

/// The end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tail {
    /// The last sequence; 0 when there is none.
    pub(super) sequence: u64,
    /// Events in the log.
    pub(super) ordinal: u64,
}

/// Finds where to go on. The store has checked that all acknowledged frames are there.
pub(super) fn tail_of(store: &dyn Store) -> Result<Tail, JournalError> {
    let end = store.log_end()?;
    let tail = Tail {
        sequence: end.sequence,
        ordinal: end.events,
    };
    if tail.sequence > 0 {
        let last = store
            .read(tail.sequence)?
            .ok_or_else(|| missing(tail.sequence))?;
        let found = decode_at(tail.sequence, &last)?.next_ordinal();
        if found != tail.ordinal {
            let expected = tail.ordinal;
            let detail = format!("it ends at event {found}, the store says {expected}");
            return Err(JournalError::Corrupt {
                sequence: tail.sequence,
                detail,
            });
        }
    }
    Ok(tail)
}

/// Decodes a frame that must be whole.
pub(super) fn decode_at(sequence: u64, frame: &[u8]) -> Result<Record, JournalError> {
    Record::decode(frame).map_err(|fault| refuse(sequence, fault))
}

fn refuse(sequence: u64, fault: FrameError) -> JournalError {
    match fault {
        FrameError::Newer { found, supported } => StoreError::Newer {
            found: found.into(),
            supported: supported.into(),
        }
        .into(),
        fault => JournalError::Corrupt {
            sequence,
            detail: fault.to_string(),
        },
    }
}

/// A record starts where the one before it ended.
pub(super) fn check_ordinal(
    sequence: u64,
    expected: Option<u64>,
    record: &Record,
) -> Result<(), JournalError> {
    let found = record.first_ordinal();
    match expected {
        Some(expected) if expected != found => Err(JournalError::Corrupt {
            sequence,
            detail: format!("it starts at event {found}, the one before ended at {expected}"),
        }),
        _ => Ok(()),
    }
}

pub(super) fn missing(sequence: u64) -> JournalError {
    JournalError::Corrupt {
        sequence,
        detail: "the record is missing".to_owned(),
    }
}
