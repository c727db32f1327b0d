//! Reading of durable frames.

use std::sync::Arc;

use super::SegmentLog;
use super::entry::ChainHash;
use super::segment::{ReadFault, Segment};
use super::survey::failed;
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

    /// The chain hash after a durable record; none where there is no such record.
    pub(in crate::store) fn chain_at(
        &self,
        sequence: u64,
    ) -> Result<Option<ChainHash>, StoreError> {
        let durable = self.tail()?.durable;
        if sequence >= durable.sequence {
            return Ok((sequence == durable.sequence).then_some(durable.chain));
        }
        let segments = self.segments();
        let at = segments.partition_point(|segment| segment.last_sequence() < sequence);
        let Some(segment) = segments.get(at) else {
            return Ok(None);
        };
        if sequence <= segment.before.sequence {
            return Ok((sequence == segment.before.sequence).then_some(segment.before.chain));
        }
        let failed = |error| failed(self.disk.as_ref(), "reading the log", error);
        let mut reader = segment.reader_at(sequence).map_err(failed)?;
        let offset = reader.offset();
        let unreadable = |fault| segment.unreadable(self.disk.as_ref(), sequence, offset, fault);
        let Some(entry) = reader.next().map_err(unreadable)? else {
            return Ok(None);
        };
        let checked = entry.header.check(entry.frame).map_err(ReadFault::Entry);
        checked.map_err(unreadable)?;
        let position = entry.header.position;
        Ok((position.sequence == sequence).then_some(position.chain))
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
