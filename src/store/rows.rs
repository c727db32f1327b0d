//! Rows of history. They follow from the log, so that a damaged store of them is put aside and
//! made again.

use std::{
    cell::Cell,
    collections::{BTreeMap, HashSet},
    ffi::OsString,
    fs::{self, File},
    io,
    ops::Bound,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::{Mutex, Once, PoisonError},
    thread,
    time::Duration,
};

use ::sled::{Batch, Config, Db, Error, Mode, Tree};
use tracing::warn;

use super::{Row, StoreError, layout};

/// A leaf over a quarter of a segment moves to a file of its own, outside the engine's log.
const SEGMENT_SIZE: usize = 4 * 1024 * 1024;
/// A store just dropped in this process releases the engine's own lock a moment later.
const REOPEN_TRIES: usize = 40;
const REOPEN_PAUSE: Duration = Duration::from_millis(50);

/// Keyed rows in order.
pub trait Rows: Send + Sync {
    /// Writes rows, all or none. Durable only after [`Rows::flush`].
    fn put(&self, rows: &[Row]) -> Result<(), StoreError>;

    /// Up to `limit` rows whose key starts with `prefix` and is not before `from_key`, in order.
    fn scan(&self, prefix: &[u8], from_key: &[u8], limit: usize) -> Result<Vec<Row>, StoreError>;

    /// Removes all rows. Durable only after [`Rows::flush`].
    fn clear(&self) -> Result<(), StoreError>;

    /// Makes written rows and removals durable.
    fn flush(&self) -> Result<(), StoreError>;
}

/// Opens the rows in a directory, which it makes if it is absent. Rows that cannot be opened are moved
/// aside. Where none can be made, they stay in memory until the next start.
pub(super) fn open(path: &Path, cache_bytes: u64) -> Result<Box<dyn Rows>, StoreError> {
    let failure = match SledRows::open(path, cache_bytes) {
        Ok(rows) => return Ok(Box::new(rows)),
        Err(locked @ StoreError::Locked { .. }) => return Err(locked),
        Err(StoreError::Full) => StoreError::Full,
        Err(unreadable) => match renew(path, cache_bytes, &unreadable) {
            Ok(rows) => return Ok(Box::new(rows)),
            Err(error) => error,
        },
    };
    warn!(error = %failure, "no place for history: it stays in memory until the next start");
    Ok(Box::new(MemoryRows::default()))
}

fn renew(path: &Path, cache_bytes: u64, failure: &StoreError) -> Result<SledRows, StoreError> {
    let aside = path.with_extension("damaged");
    warn!(error = %failure, aside = %aside.display(), "history cannot be read: it is made again from the log");
    put_aside(path, &aside)
        .map_err(|error| StoreError::io("moving damaged history aside", error))?;
    SledRows::open(path, cache_bytes)
}

fn put_aside(path: &Path, aside: &Path) -> io::Result<()> {
    match fs::symlink_metadata(aside) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(aside)?,
        Ok(_) => fs::remove_file(aside)?,
        Err(_) => {}
    }
    fs::rename(path, aside)
}

/// Rows that live as long as the process.
#[derive(Default)]
pub(super) struct MemoryRows(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);

impl MemoryRows {
    fn rows(&self) -> std::sync::MutexGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        // Each change is one map operation: a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.rows().iter().map(|(k, v)| k.len() + v.len()).sum()
    }
}

impl Rows for MemoryRows {
    fn put(&self, rows: &[Row]) -> Result<(), StoreError> {
        self.rows().extend(rows.iter().cloned());
        Ok(())
    }

    fn scan(&self, prefix: &[u8], from_key: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        let start = prefix.max(from_key);
        let rows = self.rows();
        let from_start = rows.range::<[u8], _>((Bound::Included(start), Bound::Unbounded));
        Ok(from_start
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.rows().clear();
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Rows on disk, in sled.
struct SledRows {
    path: PathBuf,
    db: Db,
    rows: Tree,
    /// The engine's main file, held to sync it.
    main: File,
    synced: Mutex<HashSet<OsString>>,
}

impl SledRows {
    fn open(path: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        let db = open_engine(path, cache_bytes)?;
        let rows = db.open_tree("history").map_err(from_engine)?;
        let main = File::options()
            .read(true)
            .write(true)
            .open(path.join("db"))
            .map_err(|e| StoreError::io("opening the engine's file", e))?;
        let opened = Self {
            path: path.to_path_buf(),
            db,
            rows,
            main,
            synced: Mutex::default(),
        };
        opened.flush()?;
        layout::sync_dir(path).map_err(|e| StoreError::io("syncing the rows", e))?;
        Ok(opened)
    }

    /// Syncs the files that hold large leaves, which sled does not do itself.
    fn sync_blobs(&self) -> io::Result<()> {
        let dir = self.path.join("blobs");
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

impl Rows for SledRows {
    fn put(&self, rows: &[Row]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for (key, value) in rows {
            batch.insert(key.as_slice(), value.as_slice());
        }
        self.rows.apply_batch(batch).map_err(from_engine)
    }

    fn scan(&self, prefix: &[u8], from_key: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for item in self.rows.range(prefix.max(from_key)..).take(limit) {
            let (key, value) = item.map_err(from_engine)?;
            if !key.starts_with(prefix) {
                break;
            }
            rows.push((key.to_vec(), value.to_vec()));
        }
        Ok(rows)
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.rows.clear().map_err(from_engine)
    }

    fn flush(&self) -> Result<(), StoreError> {
        let synced = |e| StoreError::io("syncing the rows", e);
        // Blobs first, so that the engine's log never durably points at one that is not there; and
        // again after, for those written while the engine was flushing.
        self.sync_blobs().map_err(synced)?;
        self.db.flush().map_err(from_engine)?;
        self.sync_blobs().map_err(synced)?;
        // On Linux the engine only starts the write-out: it reaches neither the file's length
        // nor the disk's own cache. This does.
        self.main.sync_all().map_err(synced)
    }
}

pub(super) fn open_engine(path: &Path, cache_bytes: u64) -> Result<Db, StoreError> {
    let config = Config::new()
        .path(path)
        .mode(Mode::HighThroughput)
        .cache_capacity(cache_bytes)
        .segment_size(SEGMENT_SIZE)
        // The caller asks for durability; sled flushes nothing on its own.
        .flush_every_ms(None);
    for _ in 0..REOPEN_TRIES {
        // The engine asserts on some damage instead of reporting it.
        let opened = quietly(|| config.open()).ok_or_else(|| {
            StoreError::corrupt(path.display().to_string(), "the engine gave up opening it")
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

thread_local! {
    /// Whether a panic of this thread is expected and caught.
    static EXPECTS_PANIC: Cell<bool> = const { Cell::new(false) };
}

/// Runs what may panic, without the message of a panic; none where it did.
fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !EXPECTS_PANIC.get() {
                usual(info);
            }
        }));
    });
    EXPECTS_PANIC.set(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    EXPECTS_PANIC.set(false);
    done.ok()
}

fn is_lock_refusal(error: &io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

pub(super) fn from_engine(error: Error) -> StoreError {
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
