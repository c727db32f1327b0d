//! The store on disk: the log and the history in sled, the checkpoints in files beside it.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs::{self, File},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use ::sled::{Batch, Config, Db, Error, Mode, Tree};

use super::{
    CheckpointWriter, LoadedCheckpoint, Row, SequencedFrame, Store, StoreError,
    checkpoint::{self, FileCheckpoint},
    layout,
};

const ENGINE_DIR: &str = "engine";
/// A leaf over a quarter of a segment moves to a file of its own, outside the engine's log;
/// leaves hold up to 16 frames, so the default of 512 KiB would put nearly all of them there.
const SEGMENT_SIZE: usize = 4 * 1024 * 1024;
/// A store just dropped in this process releases the engine's own lock a moment later.
const REOPEN_TRIES: usize = 40;
const REOPEN_PAUSE: Duration = Duration::from_millis(50);

/// Keeps the data in a directory that one process at a time may open.
pub struct SledStore {
    dir: PathBuf,
    db: Db,
    log: Tree,
    history: Tree,
    notes: Tree,
    /// The engine's main file, held to sync it.
    main: File,
    synced: Mutex<HashSet<OsString>>,
    // Last, so that it outlives the engine when the store is dropped.
    _lock: File,
}

impl SledStore {
    /// Whether `dir` holds a store, also one that cannot be opened. Nothing is touched.
    pub fn is_in(dir: impl AsRef<Path>) -> bool {
        let dir = dir.as_ref();
        layout::has_format(dir) || dir.join(ENGINE_DIR).exists()
    }

    /// Opens the store in `dir`, creating it if absent, with a page cache of `cache_bytes`.
    pub fn open(dir: impl AsRef<Path>, cache_bytes: u64) -> Result<Self, StoreError> {
        let dir = dir.as_ref().to_path_buf();
        fs::create_dir_all(&dir)
            .map_err(|e| StoreError::io(format!("creating {}", dir.display()), e))?;
        let lock = layout::lock(&dir)?;
        let engine = dir.join(ENGINE_DIR);
        // Before the engine touches anything: a later format must be left as it is.
        layout::check_format(&dir, engine.exists())?;
        layout::remove_leftovers(&dir)?;
        let db = open_engine(&engine, cache_bytes)?;
        let log = db.open_tree("log").map_err(from_engine)?;
        let history = db.open_tree("history").map_err(from_engine)?;
        let notes = db.open_tree("notes").map_err(from_engine)?;
        let main = File::options()
            .read(true)
            .write(true)
            .open(engine.join("db"))
            .map_err(|e| StoreError::io("opening the engine's file", e))?;
        let store = Self {
            dir,
            db,
            log,
            history,
            notes,
            main,
            synced: Mutex::default(),
            _lock: lock,
        };
        store.flush()?;
        layout::sync_dir(&engine)
            .and_then(|()| layout::sync_dir(&store.dir))
            .map_err(|e| StoreError::io("syncing the data directory", e))?;
        Ok(store)
    }

    /// Syncs the files that hold large leaves, which sled does not do itself.
    fn sync_blobs(&self) -> io::Result<()> {
        let dir = self.dir.join(ENGINE_DIR).join("blobs");
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        let mut present = HashSet::new();
        let mut fresh = false;
        for entry in fs::read_dir(&dir)? {
            let entry = entry?;
            let name = entry.file_name();
            // Each is written once under a name never used again.
            if !synced.contains(&name) {
                match File::open(entry.path()).and_then(|f| f.sync_all()) {
                    Ok(()) => fresh = true,
                    Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                    Err(e) => return Err(e),
                }
            }
            present.insert(name);
        }
        if fresh {
            layout::sync_dir(&dir)?;
        }
        *synced = present;
        Ok(())
    }
}

impl Store for SledStore {
    fn append(&self, sequence: u64, frame: &[u8]) -> Result<(), StoreError> {
        self.log
            .compare_and_swap(sequence.to_be_bytes(), None::<&[u8]>, Some(frame))
            .map_err(from_engine)?
            .map_err(|_| StoreError::Refused {
                detail: format!("sequence {sequence} is taken"),
            })
    }

    fn flush(&self) -> Result<(), StoreError> {
        let synced = |e| StoreError::io("syncing the log", e);
        // Blobs first, so that the log never durably points at one that is not there; and
        // again after, for those written while the engine was flushing.
        self.sync_blobs().map_err(synced)?;
        self.db.flush().map_err(from_engine)?;
        self.sync_blobs().map_err(synced)?;
        // On Linux the engine only starts the write-out: it reaches neither the file's length
        // nor the disk's own cache. This does.
        self.main.sync_all().map_err(synced)
    }

    fn last_sequence(&self) -> Result<Option<u64>, StoreError> {
        match self.log.last().map_err(from_engine)? {
            Some((key, _)) => sequence_of(&key).map(Some),
            None => Ok(None),
        }
    }

    fn read(&self, sequence: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let frame = self.log.get(sequence.to_be_bytes()).map_err(from_engine)?;
        Ok(frame.map(|frame| frame.to_vec()))
    }

    fn remove(&self, sequence: u64) -> Result<(), StoreError> {
        self.log
            .remove(sequence.to_be_bytes())
            .map_err(from_engine)?;
        self.flush()
    }

    fn replace(&self, sequence: u64, frame: &[u8]) -> Result<(), StoreError> {
        let key = sequence.to_be_bytes();
        let existing = self.log.insert(key, frame).map_err(from_engine)?;
        if existing.is_none() {
            self.log.remove(key).map_err(from_engine)?;
            return Err(StoreError::Refused {
                detail: format!("there is no sequence {sequence} to replace"),
            });
        }
        Ok(())
    }

    fn scan(&self, from: u64) -> Box<dyn Iterator<Item = Result<SequencedFrame, StoreError>> + '_> {
        Box::new(self.log.range(from.to_be_bytes()..).map(|item| {
            let (key, frame) = item.map_err(from_engine)?;
            Ok((sequence_of(&key)?, frame.to_vec()))
        }))
    }

    fn begin_checkpoint(&self) -> Result<Box<dyn CheckpointWriter>, StoreError> {
        Ok(Box::new(FileCheckpoint::begin(&self.dir)?))
    }

    fn load_checkpoint(&self) -> Result<Option<LoadedCheckpoint>, StoreError> {
        checkpoint::load(&self.dir)
    }

    fn drop_checkpoints(&self) -> Result<(), StoreError> {
        checkpoint::drop_all(&self.dir).map_err(|e| StoreError::io("removing checkpoints", e))
    }

    fn put_history(&self, rows: &[Row]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for (key, value) in rows {
            batch.insert(key.as_slice(), value.as_slice());
        }
        self.history.apply_batch(batch).map_err(from_engine)
    }

    fn scan_history(
        &self,
        prefix: &[u8],
        from_key: &[u8],
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for item in self.history.range(prefix.max(from_key)..).take(limit) {
            let (key, value) = item.map_err(from_engine)?;
            if !key.starts_with(prefix) {
                break;
            }
            rows.push((key.to_vec(), value.to_vec()));
        }
        Ok(rows)
    }

    fn clear_history(&self) -> Result<(), StoreError> {
        self.history.clear().map_err(from_engine)
    }

    fn note(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.notes.get(name).map_err(from_engine)?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn put_note(&self, name: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
        match value {
            Some(value) => self.notes.insert(name, value),
            None => self.notes.remove(name),
        }
        .map_err(from_engine)?;
        self.flush()
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        layout::size_of(&self.dir).map_err(|e| StoreError::io("measuring the store", e))
    }
}

fn open_engine(path: &Path, cache_bytes: u64) -> Result<Db, StoreError> {
    let config = Config::new()
        .path(path)
        .mode(Mode::HighThroughput)
        .cache_capacity(cache_bytes)
        .segment_size(SEGMENT_SIZE)
        // The caller asks for durability; sled flushes nothing on its own.
        .flush_every_ms(None);
    for _ in 0..REOPEN_TRIES {
        // The engine asserts on some damage instead of reporting it.
        let opened = catch_unwind(AssertUnwindSafe(|| config.open())).map_err(|_| {
            StoreError::corrupt(path.display().to_string(), "the engine panicked opening it")
        })?;
        match opened {
            Err(Error::Io(e)) if is_lock_refusal(&e) => thread::sleep(REOPEN_PAUSE),
            other => return other.map_err(from_engine),
        }
    }
    Err(StoreError::Locked {
        path: path.to_path_buf(),
    })
}

fn is_lock_refusal(error: &io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

fn sequence_of(key: &[u8]) -> Result<u64, StoreError> {
    let bytes = key.try_into().map_err(|_| {
        StoreError::corrupt(
            "the log",
            format!("a key is {} bytes long, not 8", key.len()),
        )
    })?;
    Ok(u64::from_be_bytes(bytes))
}

fn from_engine(error: Error) -> StoreError {
    match error {
        Error::Io(e)
            if matches!(
                e.kind(),
                // Files the engine wrote itself, gone or cut short.
                io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::NotFound
            ) =>
        {
            StoreError::corrupt("the engine's data", e.to_string())
        }
        Error::Io(e) => StoreError::io("the engine's file", e),
        Error::CollectionNotFound(name) => StoreError::Missing {
            what: format!("tree {}", String::from_utf8_lossy(&name)),
        },
        Error::Corruption { at, .. } => {
            StoreError::corrupt("the engine's data", format!("its checksum fails at {at:?}"))
        }
        Error::Unsupported(detail) | Error::ReportableBug(detail) => {
            StoreError::corrupt("the engine's data", detail)
        }
    }
}
