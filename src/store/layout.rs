//! The data directory: its lock, its format version, and making renames durable.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{StoreError, format_1};

/// The on-disk format this build writes.
const FORMAT_VERSION: u32 = 2;
const LOG_DIR: &str = "log";
const ROWS_DIR: &str = "rows";
const NOTES_DIR: &str = "notes";
const FORMAT_FILE: &str = "FORMAT";
const FORMAT_NAME: &str = "goodstanding-store";
const LOCK_FILE: &str = "LOCK";

/// Takes the directory for this process; the lock goes when the file is dropped.
pub(super) fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join(LOCK_FILE);
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|e| StoreError::io(format!("opening {}", path.display()), e))?;
    // Spelled out: newer standard libraries have a method of the same name.
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(file),
        Err(fs4::TryLockError::WouldBlock) => Err(StoreError::Locked { path }),
        Err(fs4::TryLockError::Error(e)) => {
            Err(StoreError::io(format!("locking {}", path.display()), e))
        }
    }
}

/// The format of a data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Log, history and notes in one engine.
    One,
    /// What this build writes.
    Current,
}

pub(super) fn log_dir(dir: &Path) -> PathBuf {
    dir.join(LOG_DIR)
}

pub(super) fn rows_dir(dir: &Path) -> PathBuf {
    dir.join(ROWS_DIR)
}

pub(super) fn notes_dir(dir: &Path) -> PathBuf {
    dir.join(NOTES_DIR)
}

/// Creates a directory that only its owner may look into, and takes the rights of others to one
/// that is there: a mask of the process does not decide over reviews.
pub(super) fn create_private_dir(dir: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let create = || -> io::Result<()> {
        if let Some(parent) = dir.parent() {
            fs::create_dir_all(parent)?;
        }
        match fs::DirBuilder::new().mode(0o700).create(dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let mode = fs::metadata(dir)?.permissions().mode() & 0o777;
        if mode == 0o700 {
            return Ok(());
        }
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
    };
    create().map_err(|e| StoreError::io(format!("creating {}", dir.display()), e))
}

/// Whether a store was ever begun here, as far as can be seen.
pub(super) fn holds_data(dir: &Path) -> bool {
    dir.join(FORMAT_FILE).exists() || holds_records(dir).unwrap_or(true)
}

/// Whether there is anything that a store without its format would lose. A directory that cannot be
/// read is no empty one.
fn holds_records(dir: &Path) -> io::Result<bool> {
    let has = |dir: &Path, ending: &str| -> io::Result<bool> {
        let entries = match fs::read_dir(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            other => other?,
        };
        for entry in entries {
            if entry?.file_name().to_string_lossy().ends_with(ending) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    Ok(dir.join(format_1::ENGINE_DIR).try_exists()?
        || has(&log_dir(dir), ".log")?
        || has(dir, ".lz4")?)
}

/// Reads the format; `None` in a directory that holds no data yet.
pub(super) fn read_format(dir: &Path) -> Result<Option<Format>, StoreError> {
    let path = dir.join(FORMAT_FILE);
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let failed = |e| StoreError::io(format!("reading {}", dir.display()), e);
            if holds_records(dir).map_err(failed)? {
                return Err(StoreError::Missing {
                    what: path.display().to_string(),
                });
            }
            return Ok(None);
        }
        Err(e) => return Err(StoreError::io(format!("reading {}", path.display()), e)),
    };
    let found = text
        .trim_end()
        .strip_prefix(FORMAT_NAME)
        .and_then(|rest| rest.trim().parse::<u32>().ok())
        .filter(|version| *version > 0)
        .ok_or_else(|| {
            StoreError::corrupt(path.display().to_string(), "it names no format version")
        })?;
    match found {
        1 => Ok(Some(Format::One)),
        FORMAT_VERSION => Ok(Some(Format::Current)),
        _ => Err(StoreError::Newer {
            found,
            supported: FORMAT_VERSION,
        }),
    }
}

/// Writes the format of this build, durably.
pub(super) fn write_format(dir: &Path) -> Result<(), StoreError> {
    let write = || -> io::Result<()> {
        let mut temp = tempfile::Builder::new()
            .prefix("format-")
            .suffix(".tmp")
            .tempfile_in(dir)?;
        writeln!(temp, "{FORMAT_NAME} {FORMAT_VERSION}")?;
        temp.as_file().sync_all()?;
        temp.persist(dir.join(FORMAT_FILE)).map_err(|e| e.error)?;
        sync_dir(dir)
    };
    write().map_err(|e| StoreError::io("writing the format version", e))
}

/// Makes creations, renames and removals in a directory durable.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    // Only Unix lets a directory be opened and synced as a file.
    if cfg!(unix) {
        File::open(dir)?.sync_all()
    } else {
        Ok(())
    }
}

/// Removes what a crash left half written. Call only while holding the lock.
pub(super) fn remove_leftovers(dir: &Path) -> Result<(), StoreError> {
    let sweep = || -> io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            let ours = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .is_some_and(|s| s.starts_with("checkpoint-") || s.starts_with("format-"));
            if ours && path.extension().is_some_and(|ext| ext == "tmp") {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    };
    sweep().map_err(|e| StoreError::io("removing leftovers", e))
}

/// Total length of the files under `dir`.
pub(super) fn size_of(dir: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // Files come and go while we look: an absent one weighs nothing.
        match entry.metadata() {
            Ok(meta) if meta.is_dir() => total += size_of(&entry.path())?,
            Ok(meta) => total += meta.len(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
    }
    Ok(total)
}
