//! One change of the log, of any kind.

use prost::Message as _;

use super::{Targets, TurnBack};
use crate::codec::ReadError;
use crate::journal::{BatchBuilder, Frame, FrameError, Record};
use crate::proto::v1::{Event, Tombstone, event};

/// A change of the log. Every record is noted before any is rewritten.
#[derive(Clone, Debug)]
pub enum Change {
    /// People are erased.
    Erasure(Targets),
    /// The clock is turned back.
    TurnBack(TurnBack),
}

/// Events that were changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Reviews that became tombstones, revisions counted.
    pub reviews: u64,
    /// Orders that lost their buyer.
    pub orders: u64,
    /// Verdicts that became tombstones or lost their reason.
    pub verdicts: u64,
    /// Events of any kind that were taken back, and tombstones that lost their time.
    pub taken_back: u64,
    /// Records with any of these.
    pub records: u64,
}

impl Changed {
    /// All events.
    pub const fn events(&self) -> u64 {
        self.reviews + self.orders + self.verdicts + self.taken_back
    }

    /// Adds the changes of another record.
    pub const fn add(&mut self, other: &Self) {
        self.reviews += other.reviews;
        self.orders += other.orders;
        self.verdicts += other.verdicts;
        self.taken_back += other.taken_back;
        self.records += other.records;
    }
}

impl Change {
    /// Notes a record. Returns whether the change concerns it.
    pub fn note(&mut self, record: &Record) -> Result<bool, RewriteError> {
        match self {
            Self::Erasure(targets) => targets.note(record),
            Self::TurnBack(turn_back) => turn_back.concerns(record),
        }
    }

    /// Rewrites a record; none where nothing changes.
    pub fn rewrite(&self, record: &Record) -> Result<Option<(Frame, Changed)>, RewriteError> {
        match self {
            Self::Erasure(targets) => targets.rewrite(record),
            Self::TurnBack(turn_back) => turn_back.rewrite(record),
        }
    }

    /// The event that ends the change in the log.
    pub fn end(&self, changed: &Changed) -> Event {
        let count = changed.events();
        let erased = match self {
            Self::Erasure(_) => Targets::end(count),
            Self::TurnBack(turn_back) => turn_back.end(count),
        };
        Event {
            revision: 0,
            payload: Some(event::Payload::Tombstone(Tombstone {
                erased: Some(erased),
            })),
        }
    }
}

/// Rewrites the entries of a record for which `fresh` returns another event and counts it.
pub(super) fn rewrite_entries(
    record: &Record,
    mut fresh: impl FnMut(&[u8], &mut Changed) -> Result<Option<Event>, RewriteError>,
) -> Result<Option<(Frame, Changed)>, RewriteError> {
    let mut builder = BatchBuilder::new(record.first_ordinal(), record.received_ms());
    let mut changed = Changed::default();
    for entry in record.entries() {
        match fresh(entry, &mut changed)? {
            Some(event) => builder.push(&event.encode_to_vec())?,
            None => builder.push(entry)?,
        }
    }
    changed.records = 1;
    Ok((changed.events() > 0).then(|| (builder.finish(), changed)))
}

/// A reason why a record cannot be rewritten.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// An event cannot be decoded.
    #[error(transparent)]
    Decode(#[from] prost::DecodeError),
    /// An event cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The record would grow too large; tombstones are smaller than the events they replace.
    #[error(transparent)]
    Frame(#[from] FrameError),
}
