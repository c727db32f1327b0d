//! Frames: batches of encoded events in the format of the log.
//!
//! All numbers are little-endian: magic, `u8` version, `u32` length of the payload before
//! packing, `u32` after, `u32` count of entries, `u64` ordinal of the first, `i64` time of
//! receipt, `u32` crc32 over all of that and the packed payload, then the payload: an lz4
//! block of entries, each a `u32` length and its bytes.

use crc32fast::Hasher;
use lz4_flex::block;
use thiserror::Error;

const MAGIC: [u8; 4] = *b"GSJ1";
const VERSION: u8 = 1;
const CRC_AT: usize = 33;
const HEADER_LEN: usize = CRC_AT + 4;
const PREFIX_LEN: usize = 4;
/// The most an lz4 block can grow each packed byte by.
const MAX_RATIO: usize = 255;

/// The most bytes a frame may hold before packing.
pub const MAX_RAW_LEN: usize = 64 * 1024 * 1024;

/// A reason why bytes are not a frame.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Fewer bytes than the frame says it has.
    #[error("the frame is cut short: {have} bytes of {need}")]
    Short {
        /// Bytes present.
        have: usize,
        /// Bytes announced.
        need: usize,
    },
    /// Not a frame at all.
    #[error("the bytes do not start as a frame does")]
    Magic,
    /// A frame of a later release.
    #[error("the frame has version {found}, this build reads up to {supported}")]
    Newer {
        /// The version in the frame.
        found: u8,
        /// The latest version this build reads.
        supported: u8,
    },
    /// The bytes changed since they were written.
    #[error("the frame's checksum does not hold")]
    Checksum,
    /// More bytes than a frame may hold.
    #[error("{len} bytes are more than a frame may hold")]
    TooLarge {
        /// The length that was asked for.
        len: usize,
    },
    /// The parts contradict each other.
    #[error("the frame contradicts itself: {0}")]
    Malformed(&'static str),
}

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) count: u32,
    pub(super) first_ordinal: u64,
    pub(super) received_ms: i64,
    raw_len: u32,
    packed_len: u32,
}

impl Header {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_LEN + self.packed_len as usize);
        bytes.extend_from_slice(&MAGIC);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.raw_len.to_le_bytes());
        bytes.extend_from_slice(&self.packed_len.to_le_bytes());
        bytes.extend_from_slice(&self.count.to_le_bytes());
        bytes.extend_from_slice(&self.first_ordinal.to_le_bytes());
        bytes.extend_from_slice(&self.received_ms.to_le_bytes());
        bytes
    }

    /// Reads the header, trusting none of it until the checksum has held.
    fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), FrameError> {
        let short = |need| FrameError::Short {
            have: bytes.len(),
            need,
        };
        let (magic, rest) = bytes.split_first_chunk::<4>().ok_or(short(HEADER_LEN))?;
        if *magic != MAGIC {
            return Err(FrameError::Magic);
        }
        let (version, rest) = rest.split_first().ok_or(short(HEADER_LEN))?;
        match *version {
            0 => return Err(FrameError::Malformed("there is no version 0")),
            VERSION => {}
            found => {
                return Err(FrameError::Newer {
                    found,
                    supported: VERSION,
                });
            }
        }
        let (raw_len, rest) = rest.split_first_chunk().ok_or(short(HEADER_LEN))?;
        let (packed_len, rest) = rest.split_first_chunk().ok_or(short(HEADER_LEN))?;
        let (count, rest) = rest.split_first_chunk().ok_or(short(HEADER_LEN))?;
        let (first_ordinal, rest) = rest.split_first_chunk().ok_or(short(HEADER_LEN))?;
        let (received_ms, rest) = rest.split_first_chunk().ok_or(short(HEADER_LEN))?;
        let (crc, packed) = rest.split_first_chunk().ok_or(short(HEADER_LEN))?;
        let header = Self {
            count: u32::from_le_bytes(*count),
            first_ordinal: u64::from_le_bytes(*first_ordinal),
            received_ms: i64::from_le_bytes(*received_ms),
            raw_len: u32::from_le_bytes(*raw_len),
            packed_len: u32::from_le_bytes(*packed_len),
        };
        let packed_len = header.packed_len as usize;
        if packed.len() < packed_len {
            return Err(short(HEADER_LEN.saturating_add(packed_len)));
        }
        if packed.len() > packed_len {
            return Err(FrameError::Malformed("bytes follow the payload"));
        }
        if checksum(&bytes[..CRC_AT], packed) != u32::from_le_bytes(*crc) {
            return Err(FrameError::Checksum);
        }
        Ok((header, packed))
    }

    /// Whether the sizes can be true, asked before anything is allocated for them.
    fn check_sizes(&self) -> Result<(), FrameError> {
        let raw_len = self.raw_len as usize;
        if raw_len > MAX_RAW_LEN {
            return Err(FrameError::TooLarge { len: raw_len });
        }
        if raw_len / MAX_RATIO > self.packed_len as usize {
            return Err(FrameError::Malformed(
                "the payload cannot unpack to that much",
            ));
        }
        if (self.count as usize).saturating_mul(PREFIX_LEN) > raw_len {
            return Err(FrameError::Malformed(
                "the payload has no room for that many entries",
            ));
        }
        if self.first_ordinal.checked_add(self.count.into()).is_none() {
            return Err(FrameError::Malformed("the ordinals overflow"));
        }
        Ok(())
    }
}

fn checksum(header: &[u8], packed: &[u8]) -> u32 {
    let mut crc = Hasher::new();
    crc.update(header);
    crc.update(packed);
    crc.finalize()
}

/// A sealed frame, as [`BatchBuilder::finish`] makes it and the journal appends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    bytes: Vec<u8>,
    count: u32,
    first_ordinal: u64,
}

impl Frame {
    /// The encoded frame.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of entries.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Number of events before this frame.
    pub fn first_ordinal(&self) -> u64 {
        self.first_ordinal
    }

    /// Number of events up to and including this frame.
    pub fn next_ordinal(&self) -> u64 {
        self.first_ordinal.saturating_add(self.count.into())
    }
}

/// Gathers encoded events into a frame.
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    first_ordinal: u64,
    received_ms: i64,
    count: u32,
    raw: Vec<u8>,
}

impl BatchBuilder {
    /// A batch whose first entry has `first_ordinal` events before it.
    pub fn new(first_ordinal: u64, received_ms: i64) -> Self {
        Self {
            first_ordinal,
            received_ms,
            count: 0,
            raw: Vec::new(),
        }
    }

    /// Adds an entry; one that would pass [`MAX_RAW_LEN`] is refused and the batch is as before.
    pub fn push(&mut self, entry: &[u8]) -> Result<(), FrameError> {
        let len = self
            .raw
            .len()
            .saturating_add(PREFIX_LEN)
            .saturating_add(entry.len());
        if len > MAX_RAW_LEN {
            return Err(FrameError::TooLarge { len });
        }
        self.raw
            .extend_from_slice(&(entry.len() as u32).to_le_bytes());
        self.raw.extend_from_slice(entry);
        self.count += 1;
        Ok(())
    }

    /// Bytes gathered so far, before packing.
    pub fn len_bytes(&self) -> usize {
        self.raw.len()
    }

    /// Number of entries gathered so far.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Whether nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Packs and seals the frame.
    pub fn finish(self) -> Frame {
        let packed = block::compress(&self.raw);
        let header = Header {
            count: self.count,
            first_ordinal: self.first_ordinal,
            received_ms: self.received_ms,
            raw_len: self.raw.len() as u32,
            packed_len: packed.len() as u32,
        };
        let mut bytes = header.encode();
        let crc = checksum(&bytes, &packed);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes.extend_from_slice(&packed);
        Frame {
            bytes,
            count: self.count,
            first_ordinal: self.first_ordinal,
        }
    }
}

/// A frame unpacked: entries with their place in the order of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    first_ordinal: u64,
    received_ms: i64,
    raw: Vec<u8>,
    /// Where each entry's bytes end in `raw`.
    ends: Vec<u32>,
}

impl Record {
    /// Checks and unpacks a frame. Any bytes may be given: none make it panic, nor take more
    /// memory than [`MAX_RAW_LEN`] calls for.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        let (header, packed) = Header::decode(bytes)?;
        header.check_sizes()?;
        let raw_len = header.raw_len as usize;
        let mut raw = vec![0; raw_len];
        match block::decompress_into(packed, &mut raw) {
            Ok(len) if len == raw_len => {}
            Ok(_) => return Err(FrameError::Malformed("the payload unpacks to less")),
            Err(_) => return Err(FrameError::Malformed("the payload does not unpack")),
        }
        let ends = entry_ends(&raw, header.count as usize)?;
        let Header {
            first_ordinal,
            received_ms,
            ..
        } = header;
        Ok(Self {
            first_ordinal,
            received_ms,
            raw,
            ends,
        })
    }

    /// Number of events before this record.
    pub fn first_ordinal(&self) -> u64 {
        self.first_ordinal
    }

    /// Number of events up to and including this record.
    pub fn next_ordinal(&self) -> u64 {
        self.first_ordinal.saturating_add(self.ends.len() as u64)
    }

    /// When the batch was received, in milliseconds since the epoch.
    pub fn received_ms(&self) -> i64 {
        self.received_ms
    }

    /// Number of entries.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// The entries in order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &[u8]> + '_ {
        (0..self.ends.len()).map(|idx| self.entry(idx).unwrap_or_default())
    }

    /// The entry at `idx`.
    pub fn entry(&self, idx: usize) -> Option<&[u8]> {
        let end = *self.ends.get(idx)? as usize;
        let before = idx.checked_sub(1).map_or(0, |i| self.ends[i] as usize);
        self.raw.get(before + PREFIX_LEN..end)
    }

    /// Memory the record takes up.
    pub(super) fn weight(&self) -> usize {
        self.raw.len() + self.ends.len() * size_of::<u32>()
    }
}

fn entry_ends(raw: &[u8], count: usize) -> Result<Vec<u32>, FrameError> {
    let mut ends = Vec::with_capacity(count);
    let mut rest = raw;
    for _ in 0..count {
        let past = FrameError::Malformed("an entry runs past the payload");
        let (len, tail) = rest.split_first_chunk().ok_or(past.clone())?;
        rest = tail.get(u32::from_le_bytes(*len) as usize..).ok_or(past)?;
        ends.push((raw.len() - rest.len()) as u32);
    }
    if !rest.is_empty() {
        return Err(FrameError::Malformed("bytes follow the last entry"));
    }
    Ok(ends)
}
