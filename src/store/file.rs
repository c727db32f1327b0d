//! The store on disk: the log in segments, history in sled, and notes and checkpoints in files.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checkpoint::{self, FileCheckpoint};
use super::disk::{Directory, Disk};
use super::layout::{self, Format};
use super::log::{SEGMENT_BYTES, SegmentLog};
use super::notes::Notes;
use super::rows::{self, Rows};
use super::{
    CheckpointWriter, LoadedCheckpoint, LogEnd, LogReport, LogRewrite, Salvage, SalvagedFrame,
    ScrubCursor, Scrubbed, SequencedFrame, Store, StoreError, log, migration,
};

/// Keeps the data in a directory that one process at a time may open.
pub struct FileStore {
    dir: PathBuf,
    log: SegmentLog,
    history: Box<dyn Rows>,
    notes: Notes,
    // Last, so that it outlives the rows when the store is dropped.
    _lock: File,
}

impl FileStore {
    /// Whether `dir` holds a store, also one that cannot be opened. Nothing is touched.
    pub fn is_in(dir: impl AsRef<Path>) -> bool {
        let dir = dir.as_ref();
        let holds_log = || {
            let disk = log_disk(dir).ok()?;
            Some(SegmentLog::holds_records(&disk).unwrap_or(true))
        };
        layout::holds_data(dir) || holds_log().unwrap_or(false)
    }

    /// Opens the store in `dir`, creating it if absent, with a page cache of `cache_bytes` for
    /// history. The whole log is checked before anything is changed.
    pub fn open(dir: impl AsRef<Path>, cache_bytes: u64) -> Result<Self, StoreError> {
        let dir = dir.as_ref().to_path_buf();
        layout::create_private_dir(&dir)?;
        let lock = layout::lock(&dir)?;
        match layout::read_format(&dir)? {
            Some(Format::Current) => {}
            Some(Format::One) => migration::migrate(&dir, cache_bytes)?,
            None => create(&dir)?,
        }
        let known = || checkpoint::covered(&dir);
        let log = SegmentLog::open(Arc::new(log_disk(&dir)?), SEGMENT_BYTES, known)?;
        layout::remove_leftovers(&dir)?;
        migration::remove_copy(&dir);
        migration::remind(&dir);
        let history = rows::open(&layout::rows_dir(&dir), cache_bytes)?;
        let notes = Notes::open(&layout::notes_dir(&dir))?;
        layout::sync_dir(&dir).map_err(|e| StoreError::io("syncing the data directory", e))?;
        Ok(Self {
            dir,
            log,
            history,
            notes,
            _lock: lock,
        })
    }
}

/// Makes an empty store. The format comes last: a directory without it holds nothing.
fn create(dir: &Path) -> Result<(), StoreError> {
    let log = layout::log_dir(dir);
    layout::create_private_dir(&log)?;
    SegmentLog::create(&log_disk(dir)?)?;
    layout::write_format(dir)
}

fn log_disk(dir: &Path) -> Result<Directory, StoreError> {
    let path = layout::log_dir(dir);
    Directory::open(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::Missing {
            what: path.display().to_string(),
        },
        _ => StoreError::io(format!("opening {}", path.display()), error),
    })
}

/// Reads and checks the whole log of the store in `dir`, and changes nothing. While a service has
/// the store open, what it writes meanwhile may or may not be in the report.
pub fn verify_log(dir: &Path) -> Result<LogReport, StoreError> {
    require_current(dir)?;
    SegmentLog::verify(&log_disk(dir)?)
}

/// Visits every frame that can still be read from the log in `dir`, and changes nothing.
pub fn salvage_log(
    dir: &Path,
    visit: &mut dyn FnMut(SalvagedFrame) -> Result<(), StoreError>,
) -> Result<Salvage, StoreError> {
    let disk: Arc<dyn Disk> = Arc::new(log_disk(dir)?);
    log::salvage(disk.as_ref(), visit)
}

/// The notes of the store in `dir` that can be read. Nothing is changed.
pub fn notes_in(dir: &Path) -> Vec<(String, Vec<u8>)> {
    Notes::at(&layout::notes_dir(dir)).readable()
}

fn require_current(dir: &Path) -> Result<(), StoreError> {
    match layout::read_format(dir)? {
        Some(Format::Current) => Ok(()),
        Some(Format::One) => Err(StoreError::Refused {
            detail: "the store has format 1: start the service once, which converts it".to_owned(),
        }),
        None => Err(StoreError::Missing {
            what: format!("a store in {}", dir.display()),
        }),
    }
}

impl Store for FileStore {
    fn append(&self, sequence: u64, events: u64, frame: &[u8]) -> Result<(), StoreError> {
        self.log.append(sequence, events, frame)
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.log.flush()
    }

    fn log_end(&self) -> Result<LogEnd, StoreError> {
        self.log.end()
    }

    fn read(&self, sequence: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.log.read(sequence)
    }

    fn scan(&self, from: u64) -> Box<dyn Iterator<Item = Result<SequencedFrame, StoreError>> + '_> {
        Box::new(self.log.scan(from))
    }

    fn begin_rewrite(&self) -> Result<Box<dyn LogRewrite + '_>, StoreError> {
        Ok(Box::new(self.log.begin_rewrite()?))
    }

    fn scrub(&self, cursor: &mut ScrubCursor, bytes_max: u64) -> Result<Scrubbed, StoreError> {
        self.log.scrub(cursor, bytes_max)
    }

    fn begin_checkpoint(&self, sequence: u64) -> Result<Box<dyn CheckpointWriter>, StoreError> {
        let chain = self.log.chain_at(sequence)?;
        let chain = chain.ok_or_else(|| StoreError::Refused {
            detail: format!("a checkpoint cannot cover record {sequence}: the log has none"),
        })?;
        Ok(Box::new(FileCheckpoint::begin(
            &self.dir, sequence, &chain,
        )?))
    }

    fn load_checkpoint(&self) -> Result<Option<LoadedCheckpoint>, StoreError> {
        checkpoint::load(&self.dir, |sequence| self.log.chain_at(sequence))
    }

    fn drop_checkpoints(&self) -> Result<(), StoreError> {
        checkpoint::drop_all(&self.dir).map_err(|e| StoreError::io("removing checkpoints", e))
    }

    fn history(&self) -> &dyn Rows {
        self.history.as_ref()
    }

    fn note(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.notes.get(name)
    }

    fn put_note(&self, name: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
        self.notes.put(name, value)
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        layout::size_of(&self.dir).map_err(|e| StoreError::io("measuring the store", e))
    }
}
