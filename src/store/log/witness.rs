//! Witnesses of acknowledged records beside the mark: names of segments, and entries that say what
//! was acknowledged when they were written.
//!
//! Only one group is ever on its way to the disk, and each of its entries names the last record that
//! was durable before it. So a power loss, which keeps any part of that group, leaves nothing that
//! names a record behind the last whole one. Something that does says that the disk lost records.

use std::io;
use std::sync::Arc;

use super::entry::{self, Header};
use super::segment::Name;
use crate::store::disk::{Disk, DiskFile};

/// Bytes that are looked through at a time.
const WINDOW: usize = 1024 * 1024;
/// Bytes of a magic that the next window repeats.
const OVERLAP: usize = 3;

/// What says that a record was acknowledged.
#[derive(Debug, Clone, Default)]
pub(super) struct Witness {
    /// The record; all before it were acknowledged too.
    pub(super) sequence: u64,
    /// The file that says so; none where nothing does.
    pub(super) file: Option<Name>,
}

impl Witness {
    /// What the names of segments say: each was begun when all records before it were durable.
    pub(super) fn of_names(names: impl Iterator<Item = Name>) -> Self {
        let mut witness = Self::default();
        for name in names {
            witness.hear(name.first_sequence - 1, name);
        }
        witness
    }

    /// Keeps the highest record that was named.
    pub(super) fn hear(&mut self, sequence: u64, file: Name) {
        if sequence > self.sequence {
            *self = Self {
                sequence,
                file: Some(file),
            };
        }
    }

    /// Looks in a part of a file for whole entries that name a record behind `known`, and hears the
    /// first of them.
    pub(super) fn search(
        &mut self,
        disk: &dyn Disk,
        name: Name,
        from: u64,
        known: u64,
    ) -> io::Result<()> {
        let file = disk.open(&name.file_name())?;
        let len = file.len()?;
        let mut candidates = Candidates::new(Arc::clone(&file), from);
        // Frames that look like entries cost no more than the file has bytes, a few times over.
        let mut work_left = 4 * (len - from.min(len)) + entry::FRAME_MAX as u64;
        while let Some(offset) = candidates.next()? {
            let Some(header) = read_header(file.as_ref(), offset, len)? else {
                continue;
            };
            let names_more = header.acknowledged() > known && header.position.sequence > known;
            if !names_more {
                continue;
            }
            let cost = header.frame_len as u64;
            work_left = work_left.checked_sub(cost).ok_or_else(|| {
                io::Error::other("too many places behind the end of the log look like records")
            })?;
            let mut frame = vec![0; header.frame_len];
            let read = file.read_at(&mut frame, offset + header.len as u64)?;
            if read == frame.len() && header.check(&frame).is_ok() {
                self.hear(header.acknowledged(), name);
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The header at an offset, where a whole entry may follow.
fn read_header(file: &dyn DiskFile, offset: u64, len: u64) -> io::Result<Option<Header>> {
    let mut head = [0; entry::HEADER_LEN];
    let read = file.read_at(&mut head, offset)?;
    let header = Header::decode(&head[..read]).ok();
    Ok(header.filter(|header| header.entry_len() as u64 <= len.saturating_sub(offset)))
}

/// Places of a file that begin as an entry does.
struct Candidates {
    file: Arc<dyn DiskFile>,
    window: Vec<u8>,
    /// Where the window lies in the file.
    start: u64,
    /// Where the search goes on in the window.
    at: usize,
}

impl Candidates {
    fn new(file: Arc<dyn DiskFile>, from: u64) -> Self {
        Self {
            file,
            window: Vec::new(),
            start: from,
            at: 0,
        }
    }

    fn next(&mut self) -> io::Result<Option<u64>> {
        loop {
            if let Some(at) = entry::find(&self.window, self.at) {
                self.at = at + 1;
                return Ok(Some(self.start + at as u64));
            }
            let passed = self.window.len().saturating_sub(OVERLAP);
            self.start += passed as u64;
            self.at = self.at.saturating_sub(passed);
            self.window.resize(WINDOW, 0);
            let read = self.file.read_at(&mut self.window, self.start)?;
            self.window.truncate(read);
            if read <= OVERLAP {
                return Ok(None);
            }
        }
    }
}
