//! Rewrites of the log: frames are replaced, and everything from the first of them on is written
//! anew in segments of the next generation. The next mark makes all of them count at once.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use super::entry::{self, Position};
use super::segment::{EntryReader, Index, Name, Point, ReadFault, Segment, encode_header};
use super::survey::failed;
use super::{SegmentLog, StoreError};
use crate::store::LogRewrite;
use crate::store::disk::DiskFile;

/// Bytes that are gathered before they are written.
const BUFFER: usize = 1024 * 1024;

/// A rewrite in progress. Dropped before its commit, it leaves the log as it was.
pub(in crate::store) struct Rewrite<'a> {
    log: &'a SegmentLog,
    generation: u32,
    /// Where the log ended when the rewrite began.
    began_at: Position,
    /// Segments before the first replaced frame.
    kept: Vec<Arc<Segment>>,
    /// Old segments that are still to be copied, and the one that is being copied.
    old: std::vec::IntoIter<Arc<Segment>>,
    source: Option<(Arc<Segment>, EntryReader)>,
    written: Vec<Written>,
    position: Position,
    committed: bool,
}

/// A segment of the next generation.
struct Written {
    name: Name,
    before: Position,
    file: Arc<dyn DiskFile>,
    index: Index,
    end: u64,
    buffer: Vec<u8>,
}

impl SegmentLog {
    /// Begins a rewrite. Nothing may be appended until its end.
    pub(in crate::store) fn begin_rewrite(&self) -> Result<Rewrite<'_>, StoreError> {
        let mut tail = self.tail()?;
        tail.check_writable()?;
        self.settle(&mut tail)?;
        if tail.durable.sequence == 0 {
            // A start takes later generations beside a mark of nothing for a sign of loss.
            return Err(StoreError::Refused {
                detail: "an empty log has nothing to rewrite".to_owned(),
            });
        }
        let generation = tail.generation.checked_add(1);
        let generation = generation.ok_or_else(|| StoreError::Refused {
            detail: "the log cannot be rewritten: it is of the last generation".to_owned(),
        })?;
        Ok(Rewrite {
            log: self,
            generation,
            began_at: tail.durable,
            kept: Vec::new(),
            old: self.segments().to_vec().into_iter(),
            source: None,
            written: Vec::new(),
            position: Position::default(),
            committed: false,
        })
    }
}

impl LogRewrite for Rewrite<'_> {
    fn replace(&mut self, sequence: u64, frame: &[u8]) -> Result<(), StoreError> {
        if self.written.is_empty() {
            self.keep_before(sequence)?;
        }
        let missing = || StoreError::Refused {
            detail: format!("there is no sequence {sequence} to replace"),
        };
        if sequence <= self.position.sequence {
            return Err(missing());
        }
        while self.position.sequence + 1 < sequence {
            if !self.copy_next(None)? {
                return Err(missing());
            }
        }
        if self.copy_next(Some(frame))? {
            Ok(())
        } else {
            Err(missing())
        }
    }

    fn append(&mut self, events: u64, frame: &[u8]) -> Result<(), StoreError> {
        if self.written.is_empty() {
            self.keep_before(self.began_at.sequence)?;
        }
        while self.copy_next(None)? {}
        self.put(frame, events)
    }

    fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        if self.written.is_empty() {
            return Ok(());
        }
        self.complete()
            .map_err(|error| StoreError::Unwritten(Box::new(error)))?;
        let log = self.log;
        let disk = log.disk.as_ref();
        let mut tail = log.tail()?;
        let grown = tail.durable != self.began_at || !tail.pending.is_empty();
        if grown || tail.lost.is_some() {
            let detail = "the log has changed since its rewrite began".to_owned();
            return Err(StoreError::Unwritten(Box::new(StoreError::Refused {
                detail,
            })));
        }
        // Into both files: neither may know only the generation whose files are removed below.
        for _ in 0..2 {
            if let Err(error) = tail.marks.write(self.generation, self.position) {
                let error = failed(disk, "marking a rewrite", error);
                // While no mark is sure to name them, the old files can still be made the log.
                if !self.committed && tail.take_back_mark().is_ok() {
                    return Err(error.unwritten());
                }
                // The new files may be the log: they stay.
                self.committed = true;
                return Err(tail.lose(error));
            }
            self.committed = true;
        }
        tail.generation = self.generation;
        tail.durable = self.position;
        tail.position = self.position;
        let mut segments = std::mem::take(&mut self.kept);
        for written in self.written.drain(..) {
            segments.push(Arc::new(written.into_segment()));
        }
        for at in 0..segments.len() {
            let next = segments.get(at + 1);
            let last = next.map_or(self.position.sequence, |next| next.before.sequence);
            segments[at].extend(&[], 0, last);
        }
        let current: HashSet<Name> = segments.iter().map(|segment| segment.name).collect();
        log.replace_segments(segments);
        drop(tail);
        // The rewrite counts. What stays of the old files is removed at the next start.
        if let Err(error) = remove_others(log, &current) {
            tracing::warn!(%error, "files that a rewrite replaced are still there");
        }
        Ok(())
    }
}

impl Rewrite<'_> {
    /// Copies what is left of the old log, and makes the new files durable.
    fn complete(&mut self) -> Result<(), StoreError> {
        while self.copy_next(None)? {}
        self.write_out(true)?;
        let disk = self.log.disk.as_ref();
        disk.sync()
            .map_err(|error| failed(disk, "syncing a rewrite", error))
    }

    /// Keeps the segments that end before a sequence, and begins with the one that holds it.
    fn keep_before(&mut self, sequence: u64) -> Result<(), StoreError> {
        for segment in self.old.by_ref() {
            if segment.last_sequence() >= sequence {
                self.position = segment.before;
                return self.begin_source(segment);
            }
            self.kept.push(segment);
        }
        self.position = self.began_at;
        Ok(())
    }

    fn begin_source(&mut self, segment: Arc<Segment>) -> Result<(), StoreError> {
        let reader = segment.reader_near(0);
        self.source = Some((segment, reader));
        self.begin_segment(self.position)
    }

    fn begin_segment(&mut self, before: Position) -> Result<(), StoreError> {
        self.write_out(true)?;
        let disk = self.log.disk.as_ref();
        let name = Name {
            first_sequence: before.sequence + 1,
            generation: self.generation,
        };
        let file = name
            .create(disk)
            .map_err(|error| failed(disk, "beginning a rewrite", error))?;
        self.written.push(Written {
            name,
            before,
            file,
            index: Index::default(),
            end: 0,
            buffer: encode_header(self.generation, &before).to_vec(),
        });
        Ok(())
    }

    /// Copies the next old entry, with another frame where one is given. False at the end.
    fn copy_next(&mut self, instead: Option<&[u8]>) -> Result<bool, StoreError> {
        while let Some((segment, mut reader)) = self.source.take() {
            let offset = reader.offset();
            let sequence = self.position.sequence + 1;
            let disk = self.log.disk.as_ref();
            let unreadable = |fault| segment.unreadable(disk, sequence, offset, fault);
            if let Some(entry) = reader.next().map_err(unreadable)? {
                let checked = entry.header.check(entry.frame).map_err(ReadFault::Entry);
                checked.map_err(unreadable)?;
                self.put(instead.unwrap_or(entry.frame), entry.header.position.events)?;
                self.source = Some((segment, reader));
                return Ok(true);
            }
            if let Some(next) = self.old.next() {
                self.begin_source(next)?;
            }
        }
        Ok(false)
    }

    fn put(&mut self, frame: &[u8], events: u64) -> Result<(), StoreError> {
        self.position = self.position.after(frame, events);
        let Some(written) = self.written.last_mut() else {
            return Err(StoreError::Refused {
                detail: "the rewrite has no segment".to_owned(),
            });
        };
        let offset = written.end + written.buffer.len() as u64;
        let sequence = self.position.sequence;
        written.index.note(Point { sequence, offset });
        // When the rewritten log counts, it is durable at least as far as the old one was.
        let acknowledged = self.began_at.sequence;
        entry::encode(&self.position, acknowledged, frame, &mut written.buffer);
        if written.buffer.len() >= BUFFER {
            self.write_out(false)?;
        }
        Ok(())
    }

    fn write_out(&mut self, sync: bool) -> Result<(), StoreError> {
        let Some(written) = self.written.last_mut() else {
            return Ok(());
        };
        let mut write = || -> io::Result<()> {
            written.file.write_at(&written.buffer, written.end)?;
            written.end += written.buffer.len() as u64;
            written.buffer.clear();
            if sync { written.file.sync() } else { Ok(()) }
        };
        write().map_err(|error| failed(self.log.disk.as_ref(), "writing a rewrite", error))
    }
}

impl Written {
    /// Its last sequence is set when all are known.
    fn into_segment(self) -> Segment {
        let last = self.before.sequence;
        Segment::new(
            self.name,
            self.before,
            self.file,
            self.index,
            self.end,
            last,
        )
    }
}

impl Drop for Rewrite<'_> {
    fn drop(&mut self) {
        if !self.committed {
            let names = self.written.iter().map(|written| written.name).collect();
            // What stays is removed at the next start: the mark does not know its generation.
            let _ = remove_all(self.log, names);
        }
    }
}

/// Removes the segments that the rewrite has replaced, and any that were begun in vain.
fn remove_others(log: &SegmentLog, current: &HashSet<Name>) -> Result<(), StoreError> {
    let disk = log.disk.as_ref();
    let names = disk
        .list()
        .map_err(|error| failed(disk, "listing segments", error))?;
    let names = names.iter().filter_map(|name| Name::parse(name));
    remove_all(log, names.filter(|name| !current.contains(name)).collect())
}

fn remove_all(log: &SegmentLog, names: Vec<Name>) -> Result<(), StoreError> {
    let disk = log.disk.as_ref();
    let removed = || -> io::Result<()> {
        for name in names {
            disk.remove(&name.file_name())?;
        }
        disk.sync()
    };
    removed().map_err(|error| failed(disk, "removing replaced segments", error))
}
