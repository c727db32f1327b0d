//! The log of accepted events: frames, group commit, recovery, and refusal after a failed write.

use std::ops::RangeInclusive;
use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use std::time::{Duration, Instant};

use thiserror::Error;
use tracing::{Span, error};

use crate::store::{Retry, Store, StoreError};
use crate::telemetry::stage;

mod cache;
mod frame;
mod recovery;
mod rewriting;
mod salvage;
#[cfg(test)]
mod tests;

pub use frame::{BatchBuilder, Frame, FrameError, MAX_RAW_LEN, Record};
pub use rewriting::Rewriting;
pub use salvage::{LostEvents, SalvageReport, salvage};

use cache::RecordCache;
use recovery::{Tail, decode_at};

/// A failure of the journal.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log is not a whole one.
    #[error("the log is corrupt at {sequence}: {detail}")]
    Corrupt {
        /// Sequence of the record.
        sequence: u64,
        /// Description of the damage.
        detail: String,
    },
    /// A frame does not continue the order of events.
    #[error("the frame starts at event {found}, the log ends at {expected}")]
    OutOfOrder {
        /// Events in the log.
        expected: u64,
        /// Events before the frame, by its header.
        found: u64,
    },
    /// An earlier append failed, so that the content of the disk is not known.
    #[error("the log accepts nothing until a restart: {reason}")]
    Poisoned {
        /// Message of that failure.
        reason: String,
    },
}

impl JournalError {
    /// Whether repeating the call can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Store(error) => error.retry(),
            Self::Corrupt { .. } | Self::OutOfOrder { .. } | Self::Poisoned { .. } => Retry::Never,
        }
    }

    /// Whether nothing was written and the log is as before, so that the same frames can be
    /// appended again.
    pub fn is_unwritten(&self) -> bool {
        matches!(self, Self::Store(StoreError::Unwritten(_)))
    }
}

/// The result of an append.
#[derive(Clone, Copy, Debug, Default)]
pub struct Appended {
    /// The last sequence of the log.
    pub last_sequence: u64,
    /// Time until all was written.
    pub append_time: Duration,
    /// Time from then on until it was durable.
    pub flush_time: Duration,
}

/// The log of accepted events, over a store.
///
/// A failed sync of frames closes it to writing: it is unknown then which bytes reached the disk, and
/// only a restart reads them again. Reading goes on. Where nothing was written, as on a full disk, or
/// the mark can be taken back, it stays open.
pub struct Journal {
    store: Arc<dyn Store>,
    tail: Mutex<Tail>,
    // The durable part, readable without waiting for an append in progress.
    last_sequence: AtomicU64,
    next_ordinal: AtomicU64,
    poison: OnceLock<String>,
    cache: RecordCache,
}

impl Journal {
    /// Opens the log. [`Journal::replay`] checks every record that it reads.
    pub fn open(store: Arc<dyn Store>) -> Result<Self, JournalError> {
        let tail = recovery::tail_of(store.as_ref())?;
        Ok(Self {
            store,
            last_sequence: AtomicU64::new(tail.sequence),
            next_ordinal: AtomicU64::new(tail.ordinal),
            tail: Mutex::new(tail),
            poison: OnceLock::new(),
            cache: RecordCache::default(),
        })
    }

    /// The sequence of the last durable record; 0 when there is none.
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence.load(Ordering::Acquire)
    }

    /// The number of durable events, which is the ordinal of the next.
    pub fn next_ordinal(&self) -> u64 {
        self.next_ordinal.load(Ordering::Acquire)
    }

    /// The last durable record and the number of events up to it, of one moment.
    pub fn end(&self) -> (u64, u64) {
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        (tail.sequence, tail.ordinal)
    }

    /// The time of receipt of the last durable record, in milliseconds since 1970; none when there is
    /// no record.
    pub fn last_receipt_ms(&self) -> Result<Option<i64>, JournalError> {
        match self.last_sequence() {
            0 => Ok(None),
            last => Ok(Some(decode_at(last, &self.stored(last)?)?.received_ms())),
        }
    }

    /// Appends frames and makes them durable with a single flush.
    ///
    /// On any error none of the frames is acknowledged. Unless it is
    /// [unwritten](JournalError::is_unwritten), the journal is poisoned.
    pub fn append(&self, frames: &[Frame]) -> Result<Appended, JournalError> {
        let Ok(mut tail) = self.tail.lock() else {
            return Err(self.poisoned_error());
        };
        if self.poison.get().is_some() {
            return Err(self.poisoned_error());
        }
        if frames.is_empty() {
            return Ok(Appended {
                last_sequence: tail.sequence,
                ..Appended::default()
            });
        }
        match self.write(*tail, frames) {
            Ok((written, append_time, flush_time)) => {
                *tail = written;
                self.next_ordinal.store(written.ordinal, Ordering::Release);
                self.last_sequence
                    .store(written.sequence, Ordering::Release);
                Ok(Appended {
                    last_sequence: written.sequence,
                    append_time,
                    flush_time,
                })
            }
            Err(error) if error.is_unwritten() => Err(error),
            Err(error) => {
                error!(%error, "an append failed, the log is closed to writing");
                self.poison.get_or_init(|| error.to_string());
                Err(error)
            }
        }
    }

    fn write(
        &self,
        mut tail: Tail,
        frames: &[Frame],
    ) -> Result<(Tail, Duration, Duration), JournalError> {
        let group = Span::current();
        let (started, append) = (Instant::now(), stage!(&group, "append"));
        for frame in frames {
            let found = frame.first_ordinal();
            if found != tail.ordinal {
                return Err(JournalError::OutOfOrder {
                    expected: tail.ordinal,
                    found,
                });
            }
            tail = Tail {
                sequence: tail.sequence + 1,
                ordinal: frame.next_ordinal(),
            };
            self.store
                .append(tail.sequence, tail.ordinal, frame.as_bytes())?;
        }
        drop(append);
        let (appended, flush) = (Instant::now(), stage!(&group, "flush"));
        self.store.flush()?;
        drop(flush);
        Ok((tail, appended - started, appended.elapsed()))
    }

    /// The reason why the journal accepts nothing, if it does not.
    pub fn poisoned(&self) -> Option<String> {
        let panicked = || {
            self.tail
                .is_poisoned()
                .then(|| "an append panicked".to_owned())
        };
        self.poison.get().cloned().or_else(panicked)
    }

    fn poisoned_error(&self) -> JournalError {
        JournalError::Poisoned {
            reason: self.poisoned().unwrap_or_default(),
        }
    }

    /// Reads the durable records from `from` on, in order, checking that none is missing.
    ///
    /// Starting past the end of the log by more than one is an error: the caller knows of a record,
    /// such as from a checkpoint, that the log no longer has.
    pub fn replay<E: From<JournalError>>(
        &self,
        from: u64,
        mut visit: impl FnMut(u64, Record) -> Result<(), E>,
    ) -> Result<(), E> {
        let last = self.last_sequence();
        self.frames(from..=last, |sequence, _, record| visit(sequence, record))
    }

    /// As [`Journal::replay`], up to a record that is durable, and with the frames as they are
    /// stored.
    pub fn frames<E: From<JournalError>>(
        &self,
        range: RangeInclusive<u64>,
        mut visit: impl FnMut(u64, &[u8], Record) -> Result<(), E>,
    ) -> Result<(), E> {
        let (from, last) = range.into_inner();
        let mut expected = from.max(1);
        if expected > last.saturating_add(1) {
            let detail = format!("the log ends at {last}, before a record known to be kept");
            return Err(JournalError::Corrupt {
                sequence: expected - 1,
                detail,
            }
            .into());
        }
        let mut ordinal = (expected == 1).then_some(0);
        let mut scan = self.store.scan(expected);
        while expected <= last {
            let (sequence, frame) = match scan.next() {
                Some(item) => item.map_err(JournalError::from)?,
                None => return Err(recovery::missing(expected).into()),
            };
            if sequence != expected {
                return Err(recovery::missing(expected).into());
            }
            let record = decode_at(sequence, &frame)?;
            recovery::check_ordinal(sequence, ordinal, &record)?;
            ordinal = Some(record.next_ordinal());
            visit(sequence, &frame, record)?;
            expected += 1;
        }
        Ok(())
    }

    fn stored(&self, sequence: u64) -> Result<Vec<u8>, JournalError> {
        let frame = self.store.read(sequence)?;
        frame.ok_or_else(|| recovery::missing(sequence))
    }

    /// Reads the entry at `idx` of the record at `sequence`, if both exist.
    pub fn read_entry(&self, sequence: u64, idx: usize) -> Result<Option<Vec<u8>>, JournalError> {
        if sequence == 0 || sequence > self.last_sequence() {
            return Ok(None);
        }
        let age = self.cache.age();
        let record = if let Some(record) = self.cache.get(sequence) {
            record
        } else {
            let record = Arc::new(decode_at(sequence, &self.stored(sequence)?)?);
            self.cache.put(age, sequence, Arc::clone(&record));
            record
        };
        Ok(record.entry(idx).map(<[u8]>::to_vec))
    }
}
