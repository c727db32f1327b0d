//! The writing end of the log: frames on their way to the disk, and the mark.

use std::io;

use super::StoreError;
use super::entry::{self, Position};
use super::mark::Marks;
use super::segment::Point;

/// The writing end.
pub(super) struct Tail {
    pub(super) marks: Marks,
    pub(super) generation: u32,
    /// After the last durable frame.
    pub(super) durable: Position,
    /// Frames that wait for the next flush, and the position after them.
    pub(super) pending: Vec<u8>,
    pub(super) starts: Vec<Point>,
    pub(super) position: Position,
    /// Set while the last segment holds a group whose mark failed: that mark may be there or not.
    pub(super) is_unmarked: bool,
    /// Set once it is unknown what is on the disk.
    pub(super) lost: Option<String>,
}

impl Tail {
    pub(super) fn new(marks: Marks, generation: u32, end: Position) -> Self {
        Self {
            marks,
            generation,
            durable: end,
            pending: Vec::new(),
            starts: Vec::new(),
            position: end,
            is_unmarked: false,
            lost: None,
        }
    }

    /// Marks the frames that were written and synced.
    pub(super) fn mark(&mut self) -> io::Result<()> {
        let marked = self.marks.write(self.generation, self.position);
        self.is_unmarked = marked.is_err();
        marked
    }

    /// Writes a mark of what is durable in the place of one that may be there or not.
    ///
    /// All of its bytes are written anew, so a failed write or sync before does not matter.
    pub(super) fn take_back_mark(&mut self) -> io::Result<()> {
        self.marks.write(self.generation, self.durable)
    }

    pub(super) fn check_writable(&self) -> Result<(), StoreError> {
        match &self.lost {
            None => Ok(()),
            Some(reason) => Err(StoreError::Refused {
                detail: format!("an earlier write to the log failed: {reason}"),
            }),
        }
    }

    pub(super) fn append(
        &mut self,
        sequence: u64,
        events: u64,
        frame: &[u8],
    ) -> Result<(), StoreError> {
        let expected = self.position.sequence + 1;
        let detail = if sequence != expected {
            format!("sequence {sequence} does not follow, {expected} does")
        } else if events < self.position.events {
            format!(
                "the frame ends at event {events}, before {}",
                self.position.events
            )
        } else if frame.len() > entry::FRAME_MAX {
            format!("a frame of {} bytes is too large", frame.len())
        } else {
            let position = self.position.after(frame, events);
            // Relative to the segment's end, which is known at the flush.
            let offset = self.pending.len() as u64;
            self.starts.push(Point { sequence, offset });
            let acknowledged = self.durable.sequence;
            entry::encode(&position, acknowledged, frame, &mut self.pending);
            self.position = position;
            return Ok(());
        };
        Err(StoreError::Refused { detail })
    }

    pub(super) fn forget_pending(&mut self) {
        self.pending.clear();
        // One large group does not keep its memory.
        self.pending.shrink_to(1 << 20);
        self.starts.clear();
        self.position = self.durable;
    }

    /// Closes the log to writing: a failed sync leaves it unknown what is on the disk.
    pub(super) fn lose(&mut self, error: StoreError) -> StoreError {
        self.lost = Some(error.to_string());
        error
    }
}
