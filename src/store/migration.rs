//! Converts a store of format 1, once: its log moves from sled into segments.
//!
//! The old files are read from a copy, since their engine changes what it opens, and zeroes what
//! follows damage. They stay until the operator removes them. The format is written last: a
//! conversion that is cut short begins again.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use tracing::{info, warn};

use super::disk::Directory;
use super::format_1::{self, ENGINE_DIR, Engine, frame_events};
use super::log::{LogEnd, SEGMENT_BYTES, SegmentLog};
use super::notes::Notes;
use super::{Row, StoreError, checkpoint, layout, rows};

const COPY_DIR: &str = "migrating";
/// Bytes of frames, and rows, that are made durable at a time.
const FLUSH_BYTES: usize = 16 * 1024 * 1024;
const ROWS_AT_ONCE: usize = 4096;

/// Converts the store in `dir`.
pub(super) fn migrate(dir: &Path, cache_bytes: u64) -> Result<(), StoreError> {
    info!(dir = %dir.display(), "converting the store from format 1");
    let source = dir.join(ENGINE_DIR);
    let copy = dir.join(COPY_DIR);
    begin(dir, &source, &copy).map_err(|e| StoreError::io("preparing the conversion", e))?;
    let end = {
        let engine = Engine::open(&copy, cache_bytes)?;
        let end = convert_log(dir, &engine)?;
        check_nothing_lost(dir, &source, end)?;
        convert_rest(dir, &engine, cache_bytes)?;
        end
    };
    let written = SegmentLog::verify(&open_log(dir)?)?;
    if written.end != end || written.marked != end {
        let detail = format!("it was written up to {end:?} and holds {written:?}");
        return Err(StoreError::corrupt("the converted log", detail));
    }
    layout::write_format(dir)?;
    info!(
        records = end.sequence,
        events = end.events,
        "converted the store"
    );
    Ok(())
}

/// Removes the copy that a conversion has read.
pub(super) fn remove_copy(dir: &Path) {
    match fs::remove_dir_all(dir.join(COPY_DIR)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            warn!(%error, "the copy of a conversion is still there");
        }
        _ => {}
    }
}

/// Tells that old files are still there: no erasure reaches them.
pub(super) fn remind(dir: &Path) {
    let old = dir.join(ENGINE_DIR);
    if old.exists() {
        warn!(
            directory = %old.display(),
            "the files of format 1 are still there: remove them once a backup is made; erasures do not reach them"
        );
    }
}

fn begin(dir: &Path, source: &Path, copy: &Path) -> io::Result<()> {
    let begun = [
        copy.to_path_buf(),
        layout::log_dir(dir),
        layout::rows_dir(dir),
        layout::notes_dir(dir),
    ];
    for path in begun {
        if path.exists() {
            fs::remove_dir_all(path)?;
        }
    }
    layout::create_private_dir(copy).map_err(io::Error::other)?;
    copy_dir(source, copy)
}

fn copy_dir(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy_dir(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

fn open_log(dir: &Path) -> Result<Directory, StoreError> {
    Directory::open(&layout::log_dir(dir)).map_err(|e| StoreError::io("opening the log", e))
}

fn convert_log(dir: &Path, engine: &Engine) -> Result<LogEnd, StoreError> {
    layout::create_private_dir(&layout::log_dir(dir))?;
    let disk = open_log(dir)?;
    SegmentLog::create(&disk)?;
    let log = SegmentLog::open(Arc::new(disk), SEGMENT_BYTES, || Ok(0))?;
    let mut end = LogEnd::default();
    let mut unflushed = 0;
    let mut frames = engine.log().peekable();
    while let Some(item) = frames.next() {
        let (sequence, frame) = item?;
        let Some(events) = frame_events(&frame) else {
            if frames.peek().is_none() {
                warn!(sequence, "dropping the torn last frame of the log");
                break;
            }
            return Err(damaged(sequence, "the frame is damaged"));
        };
        if sequence != end.sequence + 1 || events.first != end.events {
            return Err(damaged(end.sequence + 1, "the record is missing"));
        }
        log.append(sequence, events.end, &frame)?;
        end = LogEnd {
            sequence,
            events: events.end,
        };
        unflushed += frame.len();
        if unflushed >= FLUSH_BYTES {
            log.flush()?;
            unflushed = 0;
        }
    }
    log.flush()?;
    Ok(end)
}

/// Refuses where the old engine no longer finds what was acknowledged.
fn check_nothing_lost(dir: &Path, source: &Path, end: LogEnd) -> Result<(), StoreError> {
    let covered = checkpoint::covered(dir)?;
    if covered > end.sequence {
        let detail = format!(
            "it ends at record {}, and a checkpoint covers record {covered}",
            end.sequence
        );
        return Err(StoreError::corrupt("the log of format 1", detail));
    }
    let last = format_1::last_event_in_files(source)
        .map_err(|e| StoreError::io("reading the files of format 1", e))?;
    if last > end.events {
        let detail = format!(
            "its engine finds {} events, and its files hold a record up to event {last}: restore a \
             backup, or start release 0.2 on the directory, which gives the rest up",
            end.events
        );
        return Err(StoreError::corrupt("the log of format 1", detail));
    }
    Ok(())
}

fn convert_rest(dir: &Path, engine: &Engine, cache_bytes: u64) -> Result<(), StoreError> {
    let history = rows::open(&layout::rows_dir(dir), cache_bytes)?;
    let mut chunk: Vec<Row> = Vec::with_capacity(ROWS_AT_ONCE);
    for row in engine.history() {
        chunk.push(row?);
        if chunk.len() == ROWS_AT_ONCE {
            history.put(&std::mem::take(&mut chunk))?;
        }
    }
    history.put(&chunk)?;
    history.flush()?;
    let notes = Notes::open(&layout::notes_dir(dir))?;
    for note in engine.notes() {
        let (name, value) = note?;
        let name = String::from_utf8(name)
            .map_err(|_| StoreError::corrupt("a note of format 1", "its name is not text"))?;
        notes.put(&name, Some(&value))?;
    }
    Ok(())
}

fn damaged(sequence: u64, what: &str) -> StoreError {
    StoreError::corrupt("the log of format 1", format!("record {sequence}: {what}"))
}
