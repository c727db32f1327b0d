//! Entries of a segment: a frame of the log with its place, its checksum and its link to the
//! entry before.
//!
//! All numbers are little-endian: magic, `u32` length of the frame, `u32` crc32 over the rest of
//! the header and the frame, `u64` sequence, `u64` events in the log up to and with the frame,
//! 32 bytes of chain hash, `u64` last sequence that was acknowledged when the entry was written, then
//! the frame. The chain hash is SHA-256 over the hash of the entry before, the sequence, the number of
//! events and the frame.
//!
//! Entries of releases up to 0.3 have another magic, and do not say what was acknowledged.

use crc32fast::Hasher;
use ring::digest::{Context, SHA256};
use thiserror::Error;

const MAGIC: [u8; 4] = *b"GSL2";
const MAGIC_1: [u8; 4] = *b"GSLE";
/// What both begin with.
const MAGIC_START: &[u8] = b"GSL";
const CRC_AT: usize = 8;
/// Bytes before a frame.
pub(super) const HEADER_LEN: usize = HEADER_LEN_1 + 8;
const HEADER_LEN_1: usize = 60;
/// Most bytes of a frame. A journal's frame is at most 64 MiB before it is packed.
pub(super) const FRAME_MAX: usize = 72 * 1024 * 1024;

/// A hash that depends on every frame before.
pub(in crate::store) type ChainHash = [u8; 32];

/// The end of the log before an entry, or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Position {
    /// The last sequence; 0 before the first.
    pub(super) sequence: u64,
    /// Events up to here.
    pub(super) events: u64,
    /// The chain hash up to here; zeros before the first entry.
    pub(super) chain: ChainHash,
}

impl Position {
    /// The position after a frame that ends at so many events.
    pub(super) fn after(&self, frame: &[u8], events: u64) -> Self {
        let sequence = self.sequence + 1;
        let mut context = Context::new(&SHA256);
        context.update(&self.chain);
        context.update(&sequence.to_le_bytes());
        context.update(&events.to_le_bytes());
        context.update(frame);
        let mut chain = [0; 32];
        chain.copy_from_slice(context.finish().as_ref());
        Self {
            sequence,
            events,
            chain,
        }
    }
}

/// Damage of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum EntryFault {
    #[error("it is cut short: {have} bytes of {need}")]
    Short { have: usize, need: usize },
    #[error("the bytes do not start as an entry does")]
    Magic,
    #[error("it says it has {0} bytes")]
    TooLong(usize),
    #[error("its checksum does not hold")]
    Checksum,
    #[error("it has sequence {found}, {expected} is expected")]
    Sequence { expected: u64, found: u64 },
    #[error("its events end at {found}, before the {expected} of the entry before")]
    Events { expected: u64, found: u64 },
    #[error("it does not continue the chain of the entries before")]
    Chain,
}

/// The header of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Its own bytes.
    pub(super) len: usize,
    pub(super) frame_len: usize,
    crc: u32,
    pub(super) position: Position,
    /// The last record that was acknowledged when the entry was written, where it says so.
    acknowledged: Option<u64>,
}

impl Header {
    /// Reads a header; only its start is trusted until [`Header::check`].
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, EntryFault> {
        let short = |need| EntryFault::Short {
            have: bytes.len(),
            need,
        };
        let magic = bytes.first_chunk().ok_or(short(HEADER_LEN))?;
        let len = header_len(*magic).ok_or(EntryFault::Magic)?;
        if bytes.len() < len {
            return Err(short(len));
        }
        let frame_len = u32_at(bytes, 4) as usize;
        if frame_len > FRAME_MAX {
            return Err(EntryFault::TooLong(frame_len));
        }
        let mut chain = [0; 32];
        chain.copy_from_slice(&bytes[28..HEADER_LEN_1]);
        Ok(Self {
            len,
            frame_len,
            crc: u32_at(bytes, CRC_AT),
            position: Position {
                sequence: u64_at(bytes, 12),
                events: u64_at(bytes, 20),
                chain,
            },
            acknowledged: (len == HEADER_LEN).then(|| u64_at(bytes, HEADER_LEN_1)),
        })
    }

    /// Bytes of header and frame.
    pub(super) const fn entry_len(&self) -> usize {
        self.len + self.frame_len
    }

    /// A record that was acknowledged, as all before it were; 0 where the entry names none.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.unwrap_or(0)
    }

    /// Whether header and frame are as they were written.
    pub(super) fn check(&self, frame: &[u8]) -> Result<(), EntryFault> {
        if checksum(frame, &self.position, self.acknowledged) == self.crc {
            Ok(())
        } else {
            Err(EntryFault::Checksum)
        }
    }

    /// Whether the entry follows on a position.
    pub(super) fn check_link(&self, before: &Position, frame: &[u8]) -> Result<(), EntryFault> {
        let expected = before.sequence + 1;
        if self.position.sequence != expected {
            let found = self.position.sequence;
            return Err(EntryFault::Sequence { expected, found });
        }
        if self.position.events < before.events {
            return Err(EntryFault::Events {
                expected: before.events,
                found: self.position.events,
            });
        }
        if before.after(frame, self.position.events) == self.position {
            Ok(())
        } else {
            Err(EntryFault::Chain)
        }
    }
}

/// Adds an entry to a buffer; `position` is the one after it, and records up to `acknowledged` are
/// durable.
pub(super) fn encode(position: &Position, acknowledged: u64, frame: &[u8], buffer: &mut Vec<u8>) {
    let crc = checksum(frame, position, Some(acknowledged));
    buffer.reserve(HEADER_LEN + frame.len());
    buffer.extend_from_slice(&MAGIC);
    buffer.extend_from_slice(&(frame.len() as u32).to_le_bytes());
    buffer.extend_from_slice(&crc.to_le_bytes());
    buffer.extend_from_slice(&position.sequence.to_le_bytes());
    buffer.extend_from_slice(&position.events.to_le_bytes());
    buffer.extend_from_slice(&position.chain);
    buffer.extend_from_slice(&acknowledged.to_le_bytes());
    buffer.extend_from_slice(frame);
}

/// Where the next entry may start at or after `from`, by its magic.
pub(super) fn find(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memmem::find_iter(bytes.get(from..)?, MAGIC_START)
        .map(|at| from + at)
        .find(|at| {
            let magic = bytes[*at..].first_chunk();
            magic.is_some_and(|magic| header_len(*magic).is_some())
        })
}

/// Bytes of a header that begins so.
const fn header_len(magic: [u8; 4]) -> Option<usize> {
    match magic {
        MAGIC => Some(HEADER_LEN),
        MAGIC_1 => Some(HEADER_LEN_1),
        _ => None,
    }
}

fn checksum(frame: &[u8], position: &Position, acknowledged: Option<u64>) -> u32 {
    let mut crc = Hasher::new();
    crc.update(&(frame.len() as u32).to_le_bytes());
    crc.update(&position.sequence.to_le_bytes());
    crc.update(&position.events.to_le_bytes());
    crc.update(&position.chain);
    if let Some(acknowledged) = acknowledged {
        crc.update(&acknowledged.to_le_bytes());
    }
    crc.update(frame);
    crc.finalize()
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut field = [0; 4];
    field.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(field)
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut field = [0; 8];
    field.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(field)
}
