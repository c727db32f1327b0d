//! Format 1, as releases before 0.3 wrote it: the log as a tree of sled, with one frame a value.
//!
//! Only migration reads it. What this file knows of frames is frozen with the format.

use std::fs;
use std::io;
use std::path::Path;

use memchr::memmem;

use super::rows::{from_engine, open_engine};
use super::{Row, SequencedFrame, StoreError};

const FRAME_MAGIC: [u8; 4] = *b"GSJ1";
const CRC_AT: usize = 33;
const HEADER_LEN: usize = 37;
/// Most events of a frame of the format, and more than any log of it has.
const FRAME_EVENTS_MAX: u32 = 65_536;
const EVENTS_MAX: u64 = 1 << 40;

/// The directory of the engine.
pub(super) const ENGINE_DIR: &str = "engine";

/// The place of a frame in the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameEvents {
    pub(super) first: u64,
    /// Events up to and with the frame.
    pub(super) end: u64,
}

/// Reads the place of a frame that is whole.
pub(super) fn frame_events(bytes: &[u8]) -> Option<FrameEvents> {
    let len = frame_len(bytes)?;
    (len == bytes.len()).then(|| events_of(bytes)).flatten()
}

/// The bytes of the frame that starts here, by its header.
fn frame_len(bytes: &[u8]) -> Option<usize> {
    let starts = bytes.len() >= HEADER_LEN && bytes[..4] == FRAME_MAGIC;
    starts.then(|| HEADER_LEN + u32_at(bytes, 9) as usize)
}

/// Checks the sum of a frame and reads its place.
fn events_of(frame: &[u8]) -> Option<FrameEvents> {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&frame[..CRC_AT]);
    crc.update(&frame[HEADER_LEN..]);
    if crc.finalize() != u32_at(frame, CRC_AT) {
        return None;
    }
    place_of(frame)
}

/// The place that a header names, where its numbers can be true, whatever follows it: a damaged frame
/// was a frame.
fn announced(bytes: &[u8]) -> Option<FrameEvents> {
    let fits = frame_len(bytes)? <= bytes.len() && bytes[4] == 1;
    let (raw_len, count) = (u32_at(bytes, 5), u32_at(bytes, 13));
    let plausible = (1..=FRAME_EVENTS_MAX).contains(&count) && raw_len / 4 >= count;
    place_of(bytes).filter(|place| fits && plausible && place.end < EVENTS_MAX)
}

fn place_of(frame: &[u8]) -> Option<FrameEvents> {
    let first = u64::from(u32_at(frame, 17)) | u64::from(u32_at(frame, 21)) << 32;
    let end = first.checked_add(u32_at(frame, 13).into())?;
    Some(FrameEvents { first, end })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The engine of a store of format 1. Opening changes its files: only ever open a copy.
pub(super) struct Engine {
    log: ::sled::Tree,
    history: ::sled::Tree,
    notes: ::sled::Tree,
    _db: ::sled::Db,
}

impl Engine {
    pub(super) fn open(path: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        let db = open_engine(path, cache_bytes)?;
        Ok(Self {
            log: db.open_tree("log").map_err(from_engine)?,
            history: db.open_tree("history").map_err(from_engine)?,
            notes: db.open_tree("notes").map_err(from_engine)?,
            _db: db,
        })
    }

    /// The frames of the log in order.
    pub(super) fn log(&self) -> impl Iterator<Item = Result<SequencedFrame, StoreError>> + '_ {
        self.log.iter().map(|item| {
            let (key, frame) = item.map_err(from_engine)?;
            let sequence = key.as_ref().try_into().map_err(|_| {
                let detail = format!("a key is {} bytes long, not 8", key.len());
                StoreError::corrupt("the log", detail)
            })?;
            Ok((u64::from_be_bytes(sequence), frame.to_vec()))
        })
    }

    pub(super) fn history(&self) -> impl Iterator<Item = Result<Row, StoreError>> + '_ {
        pairs(&self.history)
    }

    pub(super) fn notes(&self) -> impl Iterator<Item = Result<Row, StoreError>> + '_ {
        pairs(&self.notes)
    }
}

fn pairs(tree: &::sled::Tree) -> impl Iterator<Item = Result<Row, StoreError>> + '_ {
    tree.iter().map(|item| {
        let (key, value) = item.map_err(from_engine)?;
        Ok((key.to_vec(), value.to_vec()))
    })
}

/// The last event of any frame in the engine's files, whole or damaged, whether the engine still finds
/// it or not; 0 where there is none.
pub(super) fn last_event_in_files(engine: &Path) -> io::Result<u64> {
    let mut last = last_event_in(&fs::read(engine.join("db"))?);
    let blobs = engine.join("blobs");
    if blobs.exists() {
        for entry in fs::read_dir(blobs)? {
            last = last.max(last_event_in(&fs::read(entry?.path())?));
        }
    }
    Ok(last)
}

fn last_event_in(bytes: &[u8]) -> u64 {
    let mut last = 0;
    for at in memmem::find_iter(bytes, &FRAME_MAGIC) {
        if let Some(events) = announced(&bytes[at..]) {
            last = last.max(events.end);
        }
    }
    last
}
