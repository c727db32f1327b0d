//! Recovery of a log after a crash: a torn last frame is forgiven, other damage is not.

use tracing::warn;

use crate::store::{Store, StoreError};

use super::{FrameError, JournalError, Record};

/// Records at the end of the log that are verified on opening.
const VERIFIED: u64 = 64;

/// The policy for a broken log when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Only the last frame may be broken: a crash can cut short a write that was not acknowledged.
    /// It is dropped with a warning. Anything else is corruption, and so is a broken last
    /// frame that a checkpoint covers, for that one had been acknowledged.
    ForgiveTornTail,
}

/// The end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tail {
    /// The last sequence; 0 when there is none.
    pub(super) sequence: u64,
    /// Events in the log.
    pub(super) ordinal: u64,
}

impl Recovery {
    /// Verifies the end of the log and finds where to go on.
    pub(super) fn recover(self, store: &dyn Store) -> Result<Tail, JournalError> {
        let mut tail = Tail {
            sequence: 0,
            ordinal: 0,
        };
        let Some(last) = store.last_sequence()? else {
            return Ok(tail);
        };
        let first = store
            .scan(0)
            .next()
            .transpose()?
            .map(|(sequence, _)| sequence);
        if first != Some(1) {
            return Err(JournalError::Corrupt {
                sequence: first.unwrap_or(1),
                detail: "the log does not start at 1".to_owned(),
            });
        }
        let start = last.saturating_sub(VERIFIED).max(1);
        let mut ordinal = (start == 1).then_some(0);
        for (expected, item) in (start..).zip(store.scan(start)) {
            let (sequence, frame) = item?;
            if sequence != expected {
                return Err(missing(expected));
            }
            let record = match Record::decode(&frame) {
                Ok(record) => record,
                Err(fault) if sequence == last && self.forgives(&fault) => {
                    drop_torn(store, sequence, &fault)?;
                    return Ok(tail);
                }
                Err(fault) => return Err(refuse(sequence, fault)),
            };
            check_ordinal(sequence, ordinal, &record)?;
            ordinal = Some(record.next_ordinal());
            tail = Tail {
                sequence,
                ordinal: record.next_ordinal(),
            };
        }
        if tail.sequence == last {
            Ok(tail)
        } else {
            Err(missing(last))
        }
    }

    fn forgives(self, fault: &FrameError) -> bool {
        match self {
            // A later release's frame is not torn: dropping it would lose data.
            Self::ForgiveTornTail => !matches!(fault, FrameError::Newer { .. }),
        }
    }
}

fn drop_torn(store: &dyn Store, sequence: u64, fault: &FrameError) -> Result<(), JournalError> {
    if let Some((covered, _)) = store.load_checkpoint()?
        && covered >= sequence
    {
        let detail = format!("{fault}, and a checkpoint at {covered} shows it was acknowledged");
        return Err(JournalError::Corrupt { sequence, detail });
    }
    warn!(sequence, %fault, "dropping the torn last frame of the log");
    store.remove(sequence)?;
    Ok(())
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
