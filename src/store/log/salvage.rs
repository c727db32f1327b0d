//! Salvage: every frame that can still be read from a damaged log, and the places that cannot.

use std::collections::BTreeMap;
use std::io;

use super::LogEnd;
use super::entry::{self, Header, Position};
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
    let generation_max = mark.map_or(u32::MAX, |mark| mark.generation);
    let names = disk
        .list()
        .map_err(|error| failed(disk, "listing the log", error))?;
    let mut newest: BTreeMap<u64, Name> = BTreeMap::new();
    for name in names.iter().filter_map(|name| Name::parse(name)) {
        let seen = newest.entry(name.first_sequence).or_insert(name);
        let fits = name.generation <= generation_max;
        if fits && (name.generation > seen.generation || seen.generation > generation_max) {
            *seen = name;
        }
    }
    let mut last = 0;
    for name in newest.into_values() {
        let file_name = name.file_name();
        match disk.open(&file_name) {
            Ok(file) => {
                let mut search = Search {
                    bytes: read_all(file.as_ref(), &file_name, &mut salvage.damaged),
                    file_name,
                    last: &mut last,
                    damaged: &mut salvage.damaged,
                };
                search.frames(visit)?;
            }
            Err(error) => salvage.damaged.push(format!("{file_name}: {error}")),
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

struct Search<'a> {
    bytes: Vec<u8>,
    file_name: String,
    /// The last sequence that was visited, in any file.
    last: &'a mut u64,
    damaged: &'a mut Vec<String>,
}

impl Search<'_> {
    fn frames(
        &mut self,
        visit: &mut dyn FnMut(SalvagedFrame) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut at = HEADER_LEN;
        while at < self.bytes.len() {
            match entry_at(&self.bytes, at) {
                Ok((position, frame)) => {
                    at += entry::HEADER_LEN + frame.len();
                    if position.sequence > *self.last {
                        *self.last = position.sequence;
                        visit(SalvagedFrame {
                            sequence: position.sequence,
                            events: position.events,
                            frame: frame.to_vec(),
                        })?;
                    }
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
fn entry_at(bytes: &[u8], at: usize) -> Result<(Position, &[u8]), entry::EntryFault> {
    let rest = &bytes[at..];
    let short = |need| entry::EntryFault::Short {
        have: rest.len(),
        need,
    };
    let (head, body) = rest.split_first_chunk().ok_or(short(entry::HEADER_LEN))?;
    let header = Header::decode(head)?;
    let need = entry::HEADER_LEN + header.frame_len;
    let frame = body.get(..header.frame_len).ok_or(short(need))?;
    header.check(frame)?;
    Ok((header.position, frame))
}
