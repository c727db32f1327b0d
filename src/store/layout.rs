//! The data directory: its lock, its format version, and making renames durable.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use super::StoreError;

/// The on-disk format this build writes.
pub(super) const FORMAT_VERSION: u32 = 1;
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

/// Whether a format version was ever written here.
pub(super) fn has_format(dir: &Path) -> bool {
    dir.join(FORMAT_FILE).exists()
}

/// Reads the format version, or writes it into a directory that holds no data yet.
pub(super) fn check_format(dir: &Path, has_data: bool) -> Result<(), StoreError> {
    let path = dir.join(FORMAT_FILE);
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(e) if e.kind() == io::ErrorKind::NotFound && has_data => {
            return Err(StoreError::Missing {
                what: path.display().to_string(),
            });
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => return write_format(dir),
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
    if found > FORMAT_VERSION {
        return Err(StoreError::Newer {
            found,
            supported: FORMAT_VERSION,
        });
    }
    Ok(())
}

fn write_format(dir: &Path) -> Result<(), StoreError> {
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
