//! Entry points of the fuzz targets to files that the store keeps to itself.

use std::path::Path;
use std::sync::Arc;

use super::disk::Directory;
use super::log::{LogEnd, SEGMENT_BYTES, SalvagedFrame, SegmentLog, salvage};
use super::{LoadedCheckpoint, StoreError, checkpoint};

/// Opens the newest checkpoint file of a directory whose checksum holds.
pub fn load_checkpoint(dir: &Path) -> Result<Option<LoadedCheckpoint>, StoreError> {
    checkpoint::load(dir, |_| Ok(None))
}

fn directory(dir: &Path) -> Result<Directory, StoreError> {
    Directory::open(dir).map_err(|error| StoreError::io("opening the log", error))
}

/// Makes a log of some frames, each with one event more than the one before.
pub fn create_log(dir: &Path, frames: &[&[u8]]) -> Result<(), StoreError> {
    SegmentLog::create(&directory(dir)?)?;
    let log = SegmentLog::open(Arc::new(directory(dir)?), SEGMENT_BYTES, || Ok(0))?;
    for (frame, sequence) in frames.iter().zip(1..) {
        log.append(sequence, sequence, frame)?;
        log.flush()?;
    }
    Ok(())
}

/// Salvages, verifies, opens and reads a log. One that opens takes another frame, and is whole.
///
/// # Panics
///
/// Where these do not agree.
pub fn open_log(dir: &Path) -> Result<LogEnd, StoreError> {
    let mut salvaged = 0;
    let mut count = |_: SalvagedFrame| {
        salvaged += 1;
        Ok(())
    };
    salvage(&directory(dir)?, &mut count)?;
    let end = SegmentLog::verify(&directory(dir)?)?.end;
    assert!(salvaged >= end.sequence, "{salvaged} of {end:?}");
    let log = SegmentLog::open(Arc::new(directory(dir)?), SEGMENT_BYTES, || Ok(0))?;
    assert_eq!(log.end()?, end);
    let mut read = 0;
    for frame in log.scan(1) {
        read += 1;
        assert_eq!(frame?.0, read);
    }
    assert_eq!(read, end.sequence);
    log.append(end.sequence + 1, end.events, b"another")?;
    log.flush()?;
    let grown = SegmentLog::verify(&directory(dir)?)?;
    assert_eq!(
        (grown.end.sequence, grown.torn_bytes),
        (end.sequence + 1, 0)
    );
    Ok(end)
}
