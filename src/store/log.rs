//! The log on disk: append-only segments whose entries form a hash chain, and a durable mark that
//! says what must be there.
//!
//! A group of frames is written and synced to the last segment, then the mark is written and
//! synced; only then is it acknowledged. At start the whole log is read before anything is
//! changed: what was acknowledged must be there to the byte, and only what follows it may be cut.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tracing::warn;

use super::StoreError;
use super::disk::Disk;
use super::error::Retry;

mod entry;
mod generation;
mod mark;
mod read;
mod rewrite;
mod salvage;
mod scrub;
mod segment;
mod survey;
mod tail;
#[cfg(test)]
mod tests;
mod witness;

pub use generation::TakenGeneration;
pub(super) use salvage::salvage;
pub use salvage::{Salvage, SalvagedFrame};
pub use scrub::{ScrubCursor, Scrubbed};

pub(super) use entry::ChainHash;
use entry::Position;
use mark::Marks;
use segment::{Name, Segment};
use survey::{Survey, failed};
use tail::Tail;

/// Bytes after which a new segment is begun.
pub(super) const SEGMENT_BYTES: u64 = 256 * 1024 * 1024;

/// The end of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogEnd {
    /// The last sequence; 0 when the log is empty.
    pub sequence: u64,
    /// Events up to and with that frame.
    pub events: u64,
}

/// What a look at a whole log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogReport {
    /// The last record that holds.
    pub end: LogEnd,
    /// The last record that was acknowledged.
    pub marked: LogEnd,
    /// Files with records.
    pub segments: usize,
    /// Bytes in them.
    pub bytes: u64,
    /// Bytes behind the last record, of a write that was never acknowledged.
    pub torn_bytes: u64,
}

type Segments = Arc<Vec<Arc<Segment>>>;

/// The log in one directory.
pub(super) struct SegmentLog {
    disk: Arc<dyn Disk>,
    segment_bytes: u64,
    segments: RwLock<Segments>,
    tail: Mutex<Tail>,
}

impl SegmentLog {
    /// Makes an empty log in a directory without one.
    pub(super) fn create(disk: &dyn Disk) -> Result<(), StoreError> {
        if survey::holds_records(disk)? {
            return Err(StoreError::Missing {
                what: format!("the format of the log in {}", disk.path().display()),
            });
        }
        let failed = |error| failed(disk, "creating the log", error);
        // Left by a creation that was cut short: nothing was ever in it.
        for name in disk.list().map_err(failed)? {
            disk.remove(&name).map_err(failed)?;
        }
        Marks::create(disk).map_err(failed)?;
        disk.sync().map_err(failed)
    }

    /// Whether anything says that records were kept in a directory.
    pub(super) fn holds_records(disk: &dyn Disk) -> Result<bool, StoreError> {
        survey::holds_records(disk)
    }

    /// Reads and checks a whole log, and changes nothing.
    pub(super) fn verify(disk: &dyn Disk) -> Result<LogReport, StoreError> {
        Ok(report(&survey::survey(disk)?))
    }

    /// Opens a log: checks all of it, and then cuts what was never acknowledged. Before it cuts, it
    /// asks which record something outside of the log knows of; that one must be there.
    pub(super) fn open(
        disk: Arc<dyn Disk>,
        segment_bytes: u64,
        known: impl FnOnce() -> Result<u64, StoreError>,
    ) -> Result<Self, StoreError> {
        let survey = survey::survey(disk.as_ref())?;
        if survey.has_to_be_cut() {
            survey.check_known(disk.as_ref(), known()?)?;
        }
        let mut marks = Marks::open(disk.as_ref(), survey.mark)
            .map_err(|error| failed(disk.as_ref(), "opening the mark", error))?;
        repair(disk.as_ref(), &survey, &mut marks)
            .map_err(|error| failed(disk.as_ref(), "cutting the end of the log", error))?;
        let Survey {
            mark,
            segments,
            end,
            ..
        } = survey;
        let tail = Tail::new(marks, mark.generation, end);
        Ok(Self {
            disk,
            segment_bytes,
            segments: RwLock::new(Arc::new(segments.into_iter().map(Arc::new).collect())),
            tail: Mutex::new(tail),
        })
    }

    fn segments(&self) -> Segments {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&segments)
    }

    fn replace_segments(&self, segments: Vec<Arc<Segment>>) {
        *self
            .segments
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(segments);
    }

    fn tail(&self) -> Result<std::sync::MutexGuard<'_, Tail>, StoreError> {
        // A panic while writing leaves it unknown what is on the disk.
        self.tail.lock().map_err(|_| StoreError::Refused {
            detail: "a write to the log panicked".to_owned(),
        })
    }

    /// Adds a frame to the next flush.
    pub(super) fn append(
        &self,
        sequence: u64,
        events: u64,
        frame: &[u8],
    ) -> Result<(), StoreError> {
        let mut tail = self.tail()?;
        tail.check_writable()?;
        tail.append(sequence, events, frame)
    }

    /// Writes the waiting frames and makes them durable.
    ///
    /// [`StoreError::Unwritten`] says that the log is as it was before, without these frames.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        let mut tail = self.tail()?;
        tail.check_writable()?;
        if tail.pending.is_empty() {
            return Ok(());
        }
        let written = self.write_pending(&mut tail);
        tail.forget_pending();
        written
    }

    fn write_pending(&self, tail: &mut Tail) -> Result<(), StoreError> {
        let failed = |what, error| failed(self.disk.as_ref(), what, error);
        self.settle(tail)?;
        let segment = self
            .writable_segment(tail)
            .map_err(|error| failed("beginning a segment", error).unwritten())?;
        let end = segment.end();
        if let Err(error) = segment.file.write_at(&tail.pending, end) {
            let error = failed("writing the log", error);
            // Cut, so that a later write does not follow on half of this one.
            return Err(match segment.file.set_len(end) {
                Ok(()) => error.unwritten(),
                Err(_) => tail.lose(error),
            });
        }
        if let Err(error) = segment.file.sync() {
            return Err(tail.lose(failed("syncing the log", error)));
        }
        if let Err(error) = tail.mark() {
            return Err(failed("writing the mark", error).unwritten());
        }
        let written = tail.pending.len() as u64;
        segment.extend(&tail.starts, written, tail.position.sequence);
        tail.durable = tail.position;
        Ok(())
    }

    /// Takes back a group that is on the disk without a mark: the mark names the record before it
    /// again, and only then it is cut.
    fn settle(&self, tail: &mut Tail) -> Result<(), StoreError> {
        if !tail.is_unmarked {
            return Ok(());
        }
        let segments = self.segments();
        let taken_back = tail.take_back_mark().and_then(|()| {
            segments
                .last()
                .map_or(Ok(()), |last| last.file.set_len(last.end()))
        });
        taken_back.map_err(|error| {
            failed(self.disk.as_ref(), "writing the mark again", error).unwritten()
        })?;
        tail.is_unmarked = false;
        Ok(())
    }

    /// The segment that the waiting frames go into: the last one, or a new one where that is full.
    fn writable_segment(&self, tail: &Tail) -> io::Result<Arc<Segment>> {
        let segments = self.segments();
        let last = segments.last();
        if let Some(last) = last
            && last.end() < self.segment_bytes
        {
            return Ok(Arc::clone(last));
        }
        match Segment::create(self.disk.as_ref(), tail.generation, tail.durable) {
            Ok(fresh) => {
                let fresh = Arc::new(fresh);
                let mut segments = segments.to_vec();
                segments.push(Arc::clone(&fresh));
                self.replace_segments(segments);
                Ok(fresh)
            }
            Err(error) => {
                // Without a free descriptor, say: the last one grows beyond its size.
                let last = last.ok_or_else(|| io::Error::new(error.kind(), error.to_string()))?;
                warn!(%error, "no new segment of the log could be begun, the last one goes on");
                self.remove_begun(tail)?;
                Ok(Arc::clone(last))
            }
        }
    }

    /// Removes a segment that was begun in vain: it must not stay beside the one that goes on.
    fn remove_begun(&self, tail: &Tail) -> io::Result<()> {
        let name = Name {
            first_sequence: tail.durable.sequence + 1,
            generation: tail.generation,
        };
        match self.disk.remove(&name.file_name()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Also where it is gone already: an earlier removal may not be durable.
        self.disk.sync()
    }

    /// The end of the durable log.
    pub(super) fn end(&self) -> Result<LogEnd, StoreError> {
        Ok(self.tail()?.durable.into())
    }
}

/// Cuts what was never acknowledged, and makes the rest durable.
fn repair(disk: &dyn Disk, survey: &Survey, marks: &mut Marks) -> io::Result<()> {
    if survey.torn_bytes > 0
        && let Some(last) = survey.segments.last()
    {
        let bytes = survey.torn_bytes;
        warn!(
            bytes,
            segment = last.name.file_name(),
            "cutting a write that was not acknowledged"
        );
        last.file.set_len(last.end())?;
    }
    for name in survey.leftovers.iter().rev() {
        warn!(
            segment = name,
            "removing a segment that is not part of the log"
        );
        disk.remove(name)?;
    }
    if !survey.leftovers.is_empty() {
        disk.sync()?;
    }
    if survey.end != survey.mark.position || survey.torn_bytes > 0 || !survey.is_settled {
        // Whole records behind the mark stay, and are acknowledged by it from now on.
        if let Some(last) = survey.segments.last() {
            last.file.sync()?;
        }
        marks.write(survey.mark.generation, survey.end)?;
    }
    Ok(())
}

fn report(survey: &Survey) -> LogReport {
    LogReport {
        end: survey.end.into(),
        marked: survey.mark.position.into(),
        segments: survey.segments.len(),
        bytes: survey.segments.iter().map(Segment::end).sum(),
        torn_bytes: survey.torn_bytes,
    }
}

impl From<Position> for LogEnd {
    fn from(position: Position) -> Self {
        Self {
            sequence: position.sequence,
            events: position.events,
        }
    }
}

impl StoreError {
    /// Says that nothing was written, where a repetition can help.
    fn unwritten(self) -> Self {
        match self.retry() {
            Retry::Never => self,
            Retry::Now | Retry::Later => Self::Unwritten(Box::new(self)),
        }
    }
}
