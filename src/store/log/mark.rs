//! The durable mark: what must be in the log, written and synced before an acknowledgement.
//!
//! Two files are written in turn, so that a torn write leaves the mark before. All numbers are
//! little-endian: magic, `u32` version, `u64` number of the mark, `u32` generation of the
//! segments, `u64` sequence, `u64` events, 32 bytes of chain hash, `u32` crc32 over all of that.

use std::io;
use std::sync::Arc;

use super::entry::{Position, u32_at, u64_at};
use crate::store::StoreError;
use crate::store::disk::{Disk, DiskFile};

const MAGIC: [u8; 4] = *b"GSMK";
/// 2 names entries that say what was acknowledged. The mark itself is as in version 1.
const VERSION: u32 = 2;
const MARK_LEN: usize = 72;
const CRC_AT: usize = MARK_LEN - 4;

/// The files of the mark.
pub(super) const NAMES: [&str; 2] = ["mark-0", "mark-1"];

/// What must be in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    /// Raised with each mark; its last bit names the file.
    pub(super) number: u64,
    /// Raised with each rewrite of the log.
    pub(super) generation: u32,
    pub(super) position: Position,
}

impl Mark {
    fn encode(&self) -> [u8; MARK_LEN] {
        let mut bytes = [0; MARK_LEN];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&VERSION.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.number.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.generation.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.position.sequence.to_le_bytes());
        bytes[28..36].copy_from_slice(&self.position.events.to_le_bytes());
        bytes[36..68].copy_from_slice(&self.position.chain);
        let crc = crc32fast::hash(&bytes[..CRC_AT]);
        bytes[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads a mark; `None` where it is torn or damaged.
    fn decode(bytes: &[u8]) -> Result<Option<Self>, StoreError> {
        if bytes.len() != MARK_LEN || bytes[..4] != MAGIC {
            return Ok(None);
        }
        if crc32fast::hash(&bytes[..CRC_AT]) != u32_at(bytes, CRC_AT) {
            return Ok(None);
        }
        let found = u32_at(bytes, 4);
        if found > VERSION {
            let supported = VERSION;
            return Err(StoreError::Newer { found, supported });
        }
        let mut chain = [0; 32];
        chain.copy_from_slice(&bytes[36..68]);
        Ok(Some(Self {
            number: u64_at(bytes, 8),
            generation: u32_at(bytes, 16),
            position: Position {
                sequence: u64_at(bytes, 20),
                events: u64_at(bytes, 28),
                chain,
            },
        }))
    }
}

/// The newest mark, and whether the other file has one of the same generation: if it has not, damage
/// to the newest would make the log of an older generation look like the right one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Newest {
    pub(super) mark: Mark,
    pub(super) is_settled: bool,
}

/// Reads the newest mark; `None` where neither file can be read as one. A failing read is an error.
pub(super) fn read(disk: &dyn Disk) -> Result<Option<Newest>, StoreError> {
    let mut marks: Vec<Mark> = Vec::with_capacity(2);
    for (slot, name) in NAMES.into_iter().enumerate() {
        let mark = match read_bytes(disk, name) {
            Ok(bytes) => Mark::decode(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                let path = disk.path().join(name);
                return Err(StoreError::io(format!("reading {}", path.display()), error));
            }
        };
        // A mark in the other's file was put there by hand.
        marks.extend(mark.filter(|mark| mark.number % 2 == slot as u64));
    }
    let is_settled = matches!(marks[..], [one, other] if one.generation == other.generation);
    let newest = marks.into_iter().max_by_key(|mark| mark.number);
    Ok(newest.map(|mark| Newest { mark, is_settled }))
}

fn read_bytes(disk: &dyn Disk, name: &str) -> io::Result<Vec<u8>> {
    // One byte more, so that a file that is too long is seen.
    let mut bytes = vec![0; MARK_LEN + 1];
    let len = disk.open(name)?.read_at(&mut bytes, 0)?;
    bytes.truncate(len);
    Ok(bytes)
}

/// Both files, held open.
pub(super) struct Marks {
    files: [Arc<dyn DiskFile>; 2],
    newest: Mark,
}

impl Marks {
    /// Creates both files, for an empty log.
    pub(super) fn create(disk: &dyn Disk) -> io::Result<Self> {
        let files = [disk.create(NAMES[0])?, disk.create(NAMES[1])?];
        let mut marks = Self {
            files,
            newest: Mark::default(),
        };
        marks.write(0, Position::default())?;
        marks.write(0, Position::default())?;
        Ok(marks)
    }

    /// Goes on from a mark that was read.
    pub(super) fn open(disk: &dyn Disk, newest: Mark) -> io::Result<Self> {
        let open = |name| -> io::Result<Arc<dyn DiskFile>> {
            let file = match disk.open(name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => disk.create(name)?,
                other => other?,
            };
            if file.len()? > MARK_LEN as u64 {
                file.set_len(MARK_LEN as u64)?;
            }
            Ok(file)
        };
        Ok(Self {
            files: [open(NAMES[0])?, open(NAMES[1])?],
            newest,
        })
    }

    /// Writes the next mark and makes it durable.
    pub(super) fn write(&mut self, generation: u32, position: Position) -> io::Result<()> {
        // No log gets there: only a mark that was forged says so.
        let number = self.newest.number.checked_add(1);
        let mark = Mark {
            number: number.ok_or_else(|| io::Error::other("no number follows that of the mark"))?,
            generation,
            position,
        };
        let file = &self.files[(mark.number % 2) as usize];
        file.write_at(&mark.encode(), 0)?;
        file.sync()?;
        self.newest = mark;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::simulated::SimulatedDisk;

    #[test]
    fn mark_of_the_last_number_is_an_error_at_the_next() {
        let disk = SimulatedDisk::new(1);
        let mut marks = Marks::create(&disk).expect("a disk");
        marks.newest.number = u64::MAX;
        assert!(marks.write(0, Position::default()).is_err());
        assert!(marks.write(0, Position::default()).is_err());
        assert!(
            read(&disk)
                .expect("marks")
                .is_some_and(|newest| newest.mark.number == 2)
        );
    }
}
