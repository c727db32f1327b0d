//! Scrubbing: the log is read again, piece by piece, so that damage is seen while a backup of it
//! is still at hand.

use std::sync::Arc;

use super::entry::Position;
use super::segment::Segment;
use super::survey::{failed, read_next};
use super::{SegmentLog, StoreError};

/// Where scrubbing goes on.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScrubCursor {
    after: Position,
    /// A rewrite changes the chain: scrubbing begins again.
    generation: u32,
}

/// A piece of the log that was read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scrubbed {
    /// Bytes that were read and hold.
    pub bytes: u64,
    /// Whether the end of the log was reached: the next call begins again.
    pub at_end: bool,
}

impl SegmentLog {
    /// Reads about so many bytes and checks them. After damage the next call goes on behind the
    /// segment.
    pub(in crate::store) fn scrub(
        &self,
        cursor: &mut ScrubCursor,
        bytes_max: u64,
    ) -> Result<Scrubbed, StoreError> {
        // One moment: a rewrite replaces both.
        let tail = self.tail()?;
        let (generation, segments) = (tail.generation, self.segments());
        drop(tail);
        if cursor.generation != generation {
            *cursor = ScrubCursor {
                after: Position::default(),
                generation,
            };
        }
        let mut bytes = 0;
        let mut at = segments.partition_point(|one| one.last_sequence() <= cursor.after.sequence);
        while let Some(segment) = segments.get(at) {
            self.scrub_segment(segment, cursor, &mut bytes, bytes_max)
                .inspect_err(|_| {
                    cursor.after = segments
                        .get(at + 1)
                        .map_or_else(Position::default, |next| next.before);
                })?;
            if bytes >= bytes_max {
                return Ok(Scrubbed {
                    bytes,
                    at_end: false,
                });
            }
            at += 1;
        }
        cursor.after = Position::default();
        Ok(Scrubbed {
            bytes,
            at_end: true,
        })
    }

    fn scrub_segment(
        &self,
        segment: &Arc<Segment>,
        cursor: &mut ScrubCursor,
        bytes: &mut u64,
        bytes_max: u64,
    ) -> Result<(), StoreError> {
        let first = cursor.after.sequence + 1;
        let mut reader = segment
            .reader_at(first)
            .map_err(|error| failed(self.disk.as_ref(), "scrubbing the log", error))?;
        // What the system has in memory says nothing about the disk.
        segment.file.forget_cached(reader.offset(), bytes_max);
        while *bytes < bytes_max {
            let offset = reader.offset();
            match read_next(&mut reader, &cursor.after) {
                Ok(None) => break,
                Ok(Some(header)) => {
                    cursor.after = header.position;
                    *bytes += reader.offset() - offset;
                }
                Err(fault) => {
                    let sequence = cursor.after.sequence + 1;
                    return Err(segment.unreadable(self.disk.as_ref(), sequence, offset, fault));
                }
            }
        }
        Ok(())
    }
}
