//! Reading of durable frames.

use std::sync::Arc;

use super::SegmentLog;
use super::segment::{ReadFault, Segment};
use crate::store::disk::Disk;
use crate::store::{SequencedFrame, StoreError};

impl SegmentLog {
    /// The durable frame at a sequence.
    pub(in crate::store) fn read(&self, sequence: u64) -> Result<Option<Vec<u8>>, StoreError> {
        match self.scan(sequence).next() {
            Some(Ok((found, frame))) if found == sequence => Ok(Some(frame)),
            Some(Err(error)) => Err(error),
            _ => Ok(None),
        }
    }

    /// Durable frames from a sequence on.
    pub(in crate::store) fn scan(
        &self,
        from: u64,
    ) -> impl Iterator<Item = Result<SequencedFrame, StoreError>> + use<> {
        let disk = Arc::clone(&self.disk);
        let segments = self.segments();
        let first = segments.partition_point(|segment| segment.last_sequence() < from);
        let rest = (first..segments.len()).map(move |at| Arc::clone(&segments[at]));
        rest.flat_map(move |segment| frames(Arc::clone(&disk), segment, from))
    }
}

/// The frames of a segment from a sequence on; ends after the first error.
fn frames(
    disk: Arc<dyn Disk>,
    segment: Arc<Segment>,
    from: u64,
) -> impl Iterator<Item = Result<SequencedFrame, StoreError>> {
    let mut reader = segment.reader_near(from);
    let mut next = segment.before.sequence + 1;
    let mut done = false;
    std::iter::from_fn(move || {
        while !done {
            let offset = reader.offset();
            let fault = match reader.next() {
                Ok(None) => break,
                Ok(Some(entry)) => {
                    let sequence = entry.header.position.sequence;
                    match entry.header.check(entry.frame) {
                        Ok(()) if sequence < from => continue,
                        Ok(()) => {
                            next = sequence + 1;
                            return Some(Ok((sequence, entry.frame.to_vec())));
                        }
                        Err(fault) => ReadFault::Entry(fault),
                    }
                }
                Err(fault) => fault,
            };
            done = true;
            return Some(Err(segment.unreadable(
                disk.as_ref(),
                next.max(from),
                offset,
                fault,
            )));
        }
        None
    })
}
