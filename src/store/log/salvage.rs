//! Salvage: every frame that can still be read from a damaged log, and the places that cannot.

use std::io;

use super::LogEnd;
use super::entry::{self, Header};
use super::generation::{TakenGeneration, segments_of, with_most_records};
use super::mark;
use super::segment::{HEADER_LEN, Name};
use super::survey::failed;
use crate::store::StoreError;
use crate::store::disk::{Disk, DiskFile};

/// Bytes that a failing read costs at most.
const SECTOR_GROUP: usize = 4096;
const CHUNK: usize = 1024 * 1024;

/// A frame whose checksum holds.
#[derive(Debug)]
pub struct SalvagedFrame {
    /// Its place in the log.
    pub sequence: u64,
    /// Events up to and with it.
    pub events: u64,
    /// The frame.
    pub frame: Vec<u8>,
}

/// What a salvage met.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Salvage {
    /// The end of what was acknowledged, where a mark can be read.
    pub marked: Option<LogEnd>,
    /// The generation that was taken, where there are several and no mark names one.
    pub taken: Option<TakenGeneration>,
    /// Each damaged place: file, offset and cause.
    pub damaged: Vec<String>,
}

/// Visits every readable frame in order of sequence. Nothing is changed.
pub(in crate::store) fn salvage(
    disk: &dyn Disk,
    visit: &mut dyn FnMut(SalvagedFrame) -> Result<(), StoreError>,
) -> Result<Salvage, StoreError> {
    let mut salvage = Salvage::default();
    let mark = match mark::read(disk) {
        Ok(Some(newest)) => Some(newest.mark),
        Ok(None) => {
            salvage
                .damaged
                .push("neither file of the mark can be read".to_owned());
            None
        }
        Err(newer @ StoreError::Newer { .. }) => return Err(newer),
        Err(error) => {
            salvage.damaged.push(error.to_string());
            None
        }
    };
    salvage.marked = mark.map(|mark| mark.position.into());
    let names = disk
        .list()
        .map_err(|error| failed(disk, "listing the log", error))?;
    let names: Vec<Name> = names.iter().filter_map(|name| Name::parse(name)).collect();
    if mark.is_none() {
        salvage.taken = with_most_records(disk, &names)?;
    }
    let marked = mark.map(|mark| mark.generation);
    let generation = marked.or_else(|| salvage.taken.map(|taken| taken.generation));
    let mut last = 0;
    for name in segments_of(&names, generation.unwrap_or(u32::MAX)).into_values() {
        match disk.open(&name.file_name()) {
            Ok(file) => {
                let mut search = Search::of(file.as_ref(), name, &mut salvage.damaged);
                search.entries(|header, frame| {
                    let position = header.position;
                    if position.sequence <= last {
                        return Ok(());
                    }
                    last = position.sequence;
                    visit(SalvagedFrame {
                        sequence: position.sequence,
                        events: position.events,
                        frame: frame.to_vec(),
                    })
                })?;
            }
            Err(error) => {
                let file_name = name.file_name();
                salvage.damaged.push(format!("{file_name}: {error}"));
            }
        }
    }
    Ok(salvage)
}

/// Reads a file; places that cannot be read are zeros.
fn read_all(file: &dyn DiskFile, name: &str, damaged: &mut Vec<String>) -> Vec<u8> {
    let len = file.len().unwrap_or(0);
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    for (at, chunk) in (0..).step_by(CHUNK).zip(bytes.chunks_mut(CHUNK)) {
        if file.read_at(chunk, at).is_ok() {
            continue;
        }
        for (inner, piece) in (at..)
            .step_by(SECTOR_GROUP)
            .zip(chunk.chunks_mut(SECTOR_GROUP))
        {
            let read: io::Result<usize> = file.read_at(piece, inner);
            if let Err(error) = read {
                piece.fill(0);
                damaged.push(format!("{name}, offset {inner}: {error}"));
            }
        }
    }
    bytes
}

/// A search for whole entries in a file.
pub(super) struct Search<'a> {
    bytes: Vec<u8>,
    file_name: String,
    damaged: &'a mut Vec<String>,
}

impl<'a> Search<'a> {
    /// Reads a segment; damaged places go onto the list.
    pub(super) fn of(file: &dyn DiskFile, name: Name, damaged: &'a mut Vec<String>) -> Self {
        let file_name = name.file_name();
        Self {
            bytes: read_all(file, &file_name, damaged),
            file_name,
            damaged,
        }
    }

    /// Visits every whole entry.
    pub(super) fn entries(
        &mut self,
        mut visit: impl FnMut(&Header, &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut at = HEADER_LEN;
        while at < self.bytes.len() {
            match entry_at(&self.bytes, at) {
                Ok((header, frame)) => {
                    at += header.entry_len();
                    visit(&header, frame)?;
                }
                Err(fault) => {
                    let damage = format!("{}, offset {at}: {fault}", self.file_name);
                    self.damaged.push(damage);
                    at = self.next_whole(at + 1);
                }
            }
        }
        Ok(())
    }

    /// Where the next whole entry starts; the end of the file where none does.
    fn next_whole(&self, from: usize) -> usize {
        let mut from = from;
        while let Some(at) = entry::find(&self.bytes, from) {
            if entry_at(&self.bytes, at).is_ok() {
                return at;
            }
            from = at + 1;
        }
        self.bytes.len()
    }
}

/// The entry that starts at an offset, if its checksum holds.
fn entry_at(bytes: &[u8], at: usize) -> Result<(Header, &[u8]), entry::EntryFault> {
    let rest = &bytes[at..];
    let header = Header::decode(rest)?;
    let short = entry::EntryFault::Short {
        have: rest.len(),
        need: header.entry_len(),
    };
    let frame = rest.get(header.len..header.entry_len()).ok_or(short)?;
    header.check(frame)?;
    Ok((header, frame))
}
