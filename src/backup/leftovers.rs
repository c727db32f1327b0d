//! Removes what killed backups and restores have left half written.

use std::fs::{self, File};
use std::path::Path;

/// The start of the names of backups, also of half written ones.
pub(super) const PREFIX: &str = "goodstanding-";
/// The end of the names of half written backups.
pub(super) const PART: &str = ".part";
/// The start of the names of half made stores.
pub(super) const RESTORE_PREFIX: &str = ".goodstanding-restore-";

/// Removes half written backups whose writer is gone: it holds a lock on its file.
pub fn remove_parts(directory: &Path) {
    remove(directory, |name| {
        name.starts_with(PREFIX) && name.ends_with(PART)
    });
}

/// Removes half made stores whose maker is gone: it holds the lock of the store.
pub(super) fn remove_restores(directory: &Path) {
    remove(directory, |name| name.starts_with(RESTORE_PREFIX));
}

fn remove(directory: &Path, is_leftover: impl Fn(&str) -> bool) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str());
        if !name.is_some_and(&is_leftover) || !is_abandoned(&path) {
            continue;
        }
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        match removed {
            Ok(()) => tracing::info!(path = %path.display(), "removed what a killed process left"),
            Err(error) => tracing::warn!(path = %path.display(), %error, "a leftover stays"),
        }
    }
}

/// Whether nobody holds the lock; without a lock there is nobody.
fn is_abandoned(path: &Path) -> bool {
    let locked = if path.is_dir() {
        path.join("LOCK")
    } else {
        path.to_path_buf()
    };
    File::open(locked).map_or(true, |file| fs4::FileExt::try_lock(&file).is_ok())
}
