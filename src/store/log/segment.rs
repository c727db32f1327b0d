//! Segments: files of entries, named by their first sequence and the generation of the log that
//! wrote them.
//!
//! A header comes first, little-endian: magic, `u32` version, `u32` generation, `u64` last sequence
//! before the segment, `u64` events before it, 32 bytes of chain hash, `u32` crc32 over all of that.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::entry::{self, ChainHash, EntryFault, Header, Position, u32_at, u64_at};
use crate::store::StoreError;
use crate::store::disk::{Disk, DiskFile};

const MAGIC: [u8; 4] = *b"GSLS";
const VERSION: u32 = 1;
const CRC_AT: usize = 60;
/// Bytes before the first entry.
pub(super) const HEADER_LEN: usize = CRC_AT + 4;
const SUFFIX: &str = ".log";
/// Bytes between two points of a segment's index.
const POINT_EVERY: u64 = 64 * 1024;
/// Bytes that are read at first, enough for one entry near a point, and at most: a reader that goes on
/// reads twice as much each time.
const CHUNK_FIRST: usize = POINT_EVERY as usize;
const CHUNK_MAX: usize = 1024 * 1024;

/// The name of a segment, as its file spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) first_sequence: u64,
    pub(super) generation: u32,
}

impl Name {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (first, generation) = name.strip_suffix(SUFFIX)?.split_once('.')?;
        let parsed = Self {
            first_sequence: first.parse().ok()?,
            generation: generation.parse().ok()?,
        };
        (parsed.first_sequence > 0 && parsed.file_name() == name).then_some(parsed)
    }

    pub(super) fn file_name(self) -> String {
        let Self {
            first_sequence,
            generation,
        } = self;
        format!("{first_sequence:020}.{generation:06}{SUFFIX}")
    }

    /// Its path, for messages.
    pub(super) fn path_in(self, disk: &dyn Disk) -> String {
        let path = disk.path().join(self.file_name());
        path.display().to_string()
    }

    /// Creates its file, in the place of one that an attempt has left which failed half way.
    pub(super) fn create(self, disk: &dyn Disk) -> io::Result<Arc<dyn DiskFile>> {
        let file_name = self.file_name();
        match disk.create(&file_name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                disk.remove(&file_name)?;
                disk.create(&file_name)
            }
            other => other,
        }
    }
}

/// Damage of a segment's header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeaderFault {
    #[error("its header is cut short or damaged")]
    Damaged,
    #[error("it has version {0}, this build reads up to {VERSION}")]
    Newer(u32),
    #[error("its header names another segment")]
    Misnamed,
}

/// Encodes the header of a segment that follows on a position.
pub(super) fn encode_header(generation: u32, before: &Position) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    bytes[..4].copy_from_slice(&MAGIC);
    bytes[4..8].copy_from_slice(&VERSION.to_le_bytes());
    bytes[8..12].copy_from_slice(&generation.to_le_bytes());
    bytes[12..20].copy_from_slice(&before.sequence.to_le_bytes());
    bytes[20..28].copy_from_slice(&before.events.to_le_bytes());
    bytes[28..CRC_AT].copy_from_slice(&before.chain);
    let crc = crc32fast::hash(&bytes[..CRC_AT]);
    bytes[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Reads the header of a segment: the position that it follows on.
pub(super) fn read_header(
    file: &dyn DiskFile,
    name: Name,
) -> io::Result<Result<Position, HeaderFault>> {
    let mut bytes = [0; HEADER_LEN];
    let len = file.read_at(&mut bytes, 0)?;
    Ok(decode_header(&bytes[..len], name))
}

fn decode_header(bytes: &[u8], name: Name) -> Result<Position, HeaderFault> {
    let whole = bytes.len() == HEADER_LEN
        && bytes[..4] == MAGIC
        && crc32fast::hash(&bytes[..CRC_AT]) == u32_at(bytes, CRC_AT);
    if !whole {
        return Err(HeaderFault::Damaged);
    }
    let version = u32_at(bytes, 4);
    if version > VERSION {
        return Err(HeaderFault::Newer(version));
    }
    let mut chain: ChainHash = [0; 32];
    chain.copy_from_slice(&bytes[28..CRC_AT]);
    let before = Position {
        sequence: u64_at(bytes, 12),
        events: u64_at(bytes, 20),
        chain,
    };
    let named = u32_at(bytes, 8) == name.generation
        && before.sequence.checked_add(1) == Some(name.first_sequence);
    if named {
        Ok(before)
    } else {
        Err(HeaderFault::Misnamed)
    }
}

/// An entry where the file has it. Its checksum is not checked yet.
pub(super) struct Entry<'a> {
    pub(super) header: Header,
    pub(super) frame: &'a [u8],
}

/// A failure to read an entry.
#[derive(Debug)]
pub(super) enum ReadFault {
    Io(io::Error),
    Entry(EntryFault),
}

/// Reads entries in order, in large pieces.
pub(super) struct EntryReader {
    file: Arc<dyn DiskFile>,
    buffer: Vec<u8>,
    start: usize,
    /// Where `buffer[start]` lies in the file.
    offset: u64,
    /// Where the entries end.
    limit: u64,
    /// Bytes of the next read.
    chunk: usize,
}

impl EntryReader {
    pub(super) fn new(file: Arc<dyn DiskFile>, offset: u64, limit: u64) -> Self {
        Self {
            file,
            buffer: Vec::new(),
            start: 0,
            offset,
            limit,
            chunk: CHUNK_FIRST,
        }
    }

    /// The file offset of the next entry.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads the next entry; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Entry<'_>>, ReadFault> {
        let have = self.fill(entry::HEADER_LEN).map_err(ReadFault::Io)?;
        if have == 0 {
            return Ok(None);
        }
        let head = &self.buffer[self.start..][..have];
        let header = Header::decode(head).map_err(ReadFault::Entry)?;
        let need = header.entry_len();
        let have = self.fill(need).map_err(ReadFault::Io)?;
        if have < need {
            return Err(ReadFault::Entry(EntryFault::Short { have, need }));
        }
        let frame = self.start + header.len..self.start + need;
        self.start += need;
        self.offset += need as u64;
        Ok(Some(Entry {
            header,
            frame: &self.buffer[frame],
        }))
    }

    /// Reads until so many bytes are there; returns how many are, at most as many as asked for.
    fn fill(&mut self, need: usize) -> io::Result<usize> {
        let have = self.buffer.len() - self.start;
        if have >= need {
            return Ok(need);
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let read_from = self.offset + have as u64;
        let left = usize::try_from(self.limit.saturating_sub(read_from)).unwrap_or(usize::MAX);
        let want = (need.max(self.chunk) - have).min(left);
        self.chunk = (self.chunk * 2).min(CHUNK_MAX);
        self.buffer.resize(have + want, 0);
        let read = self.file.read_at(&mut self.buffer[have..], read_from)?;
        self.buffer.truncate(have + read);
        Ok(self.buffer.len().min(need))
    }
}

/// A place where an entry starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) sequence: u64,
    pub(super) offset: u64,
}

/// A sparse index of a segment.
#[derive(Debug, Default, Clone)]
pub(super) struct Index(Vec<Point>);

impl Index {
    /// Notes where an entry starts; most are not kept.
    pub(super) fn note(&mut self, point: Point) {
        let due = self
            .0
            .last()
            .is_none_or(|last| point.offset - last.offset >= POINT_EVERY);
        if due {
            self.0.push(point);
        }
    }

    /// The last known start at or before a sequence.
    fn before(&self, sequence: u64) -> Option<Point> {
        let after = self.0.partition_point(|point| point.sequence <= sequence);
        self.0[..after].last().copied()
    }
}

/// A segment of the log, open for reading. What lies behind `end` is not durable.
pub(super) struct Segment {
    pub(super) name: Name,
    pub(super) before: Position,
    pub(super) file: Arc<dyn DiskFile>,
    index: Mutex<Index>,
    end: AtomicU64,
    last_sequence: AtomicU64,
}

impl Segment {
    /// A segment whose entries were read, up to `end` with `last_sequence`.
    pub(super) fn new(
        name: Name,
        before: Position,
        file: Arc<dyn DiskFile>,
        index: Index,
        end: u64,
        last_sequence: u64,
    ) -> Self {
        Self {
            name,
            before,
            file,
            index: Mutex::new(index),
            end: AtomicU64::new(end),
            last_sequence: AtomicU64::new(last_sequence),
        }
    }

    /// Creates an empty segment file, durable with its name.
    pub(super) fn create(disk: &dyn Disk, generation: u32, before: Position) -> io::Result<Self> {
        let name = Name {
            first_sequence: before.sequence + 1,
            generation,
        };
        let file = name.create(disk)?;
        file.write_at(&encode_header(generation, &before), 0)?;
        file.sync()?;
        disk.sync()?;
        let end = HEADER_LEN as u64;
        let last = before.sequence;
        Ok(Self::new(name, before, file, Index::default(), end, last))
    }

    pub(super) fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    pub(super) fn last_sequence(&self) -> u64 {
        self.last_sequence.load(Ordering::Acquire)
    }

    /// Makes durable entries visible to readers: their starts, counted from the end, and bytes.
    pub(super) fn extend(&self, starts: &[Point], bytes: u64, last_sequence: u64) {
        let end = self.end();
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        for start in starts {
            index.note(Point {
                sequence: start.sequence,
                offset: end + start.offset,
            });
        }
        drop(index);
        self.end.store(end + bytes, Ordering::Release);
        self.last_sequence.store(last_sequence, Ordering::Release);
    }

    /// A reader from a sequence on, or shortly before.
    pub(super) fn reader_near(&self, sequence: u64) -> EntryReader {
        let offset = self
            .point_near(sequence)
            .map_or(HEADER_LEN as u64, |point| point.offset);
        EntryReader::new(Arc::clone(&self.file), offset, self.end())
    }

    fn point_near(&self, sequence: u64) -> Option<Point> {
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.before(sequence)
    }

    /// A reader that begins with a sequence.
    pub(super) fn reader_at(&self, sequence: u64) -> io::Result<EntryReader> {
        let mut reader = self.reader_near(sequence);
        let mut next = self
            .point_near(sequence)
            .map_or(self.before.sequence + 1, |p| p.sequence);
        while next < sequence {
            match reader.next() {
                Ok(Some(_)) => next += 1,
                Err(ReadFault::Io(error)) => return Err(error),
                Ok(None) | Err(ReadFault::Entry(_)) => break,
            }
        }
        Ok(reader)
    }

    /// The error of an entry of this segment that cannot be read.
    pub(super) fn unreadable(
        &self,
        disk: &dyn Disk,
        sequence: u64,
        offset: u64,
        fault: ReadFault,
    ) -> StoreError {
        unreadable(disk, self.name, sequence, offset, fault)
    }
}

/// The error of an entry that cannot be read: its file, offset, sequence and the cause.
pub(super) fn unreadable(
    disk: &dyn Disk,
    name: Name,
    sequence: u64,
    offset: u64,
    fault: ReadFault,
) -> StoreError {
    let path = name.path_in(disk);
    match fault {
        ReadFault::Io(error) => StoreError::io(
            format!("reading record {sequence} at offset {offset} of {path}"),
            error,
        ),
        ReadFault::Entry(fault) => StoreError::corrupt(
            path,
            format!("record {sequence} at offset {offset}: {fault}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_after_the_last_sequence_names_no_segment() {
        let mut before = Position::default();
        let name = Name {
            first_sequence: 1,
            generation: 0,
        };
        assert_eq!(decode_header(&encode_header(0, &before), name), Ok(before));
        before.sequence = u64::MAX;
        let forged = decode_header(&encode_header(0, &before), name);
        assert_eq!(forged, Err(HeaderFault::Misnamed));
    }
}
