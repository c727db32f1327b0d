//! Backups: the log in one portable file, from which everything else follows, and the model versions.
//!
//! The file is the magic `GSBACKUP`, a `u32` version, the `u64` last sequence, the `u64` number of
//! events, a `u8` length and so many bytes that tell the key of the reviewer ids from others (none
//! without a key); the model versions: a `u32` number of notes of the store, each with its name, led by
//! its `u8` length, and its bytes, led by their `u32` length (not in version 1); then each record's frame in order, led by its `u32` length; at the end the
//! SHA-256 of all before. Numbers are little-endian. Frames have checksums of their own.

mod leftovers;
mod read;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

pub use leftovers::remove_parts;
pub use read::{Summary, restore, verify};

use crate::config::Section;
use crate::journal::{Journal, JournalError};
use crate::keyed::hex;
use crate::models;
use crate::privacy::key_check;
use crate::store::{Retry, Store, StoreError};

const MAGIC: [u8; 8] = *b"GSBACKUP";
const VERSION: u32 = 2;
/// Since this version a backup carries model versions.
const MODELS_SINCE: u32 = 2;
const DIGEST_BYTES: usize = 32;
const BUFFER: usize = 1 << 20;

/// Section `[backup]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackupConfig {
    /// Directory that backups go into; made when it is not there. Not set: none are written.
    pub directory: Option<PathBuf>,
}

impl Section for BackupConfig {}

/// A backup that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Name of the file in its directory.
    pub file_name: String,
    /// Last record in it; 0 for an empty log.
    pub log_sequence: u64,
    /// Events in it.
    pub event_count: u64,
    /// Bytes of the file.
    pub size_bytes: u64,
    /// SHA-256 of the whole file, in hexadecimal digits.
    pub sha256: String,
}

/// A reason why a backup cannot be written, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The operating system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or directory.
        path: String,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is not a whole backup.
    #[error("{path} is damaged or no backup: {detail}")]
    Damaged {
        /// The file.
        path: String,
        /// Description of the damage.
        detail: String,
    },
    /// The file was written by a later release.
    #[error("{path} has backup format {found}, this build reads up to {VERSION}")]
    Newer {
        /// The file.
        path: String,
        /// The version found.
        found: u32,
    },
    /// The target directory is not empty.
    #[error("{path} is not empty: nothing is overwritten")]
    Occupied {
        /// The directory.
        path: String,
    },
}

impl BackupError {
    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Io { .. } => Retry::Later,
            Self::Journal(error) => error.retry(),
            Self::Store(error) => error.retry(),
            Self::Damaged { .. } | Self::Newer { .. } | Self::Occupied { .. } => Retry::Never,
        }
    }

    fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io {
            path: path.clone(),
            source,
        }
    }
}

/// Computes the digest and the size of written bytes.
struct Summed<W> {
    to: W,
    digest: Context,
    bytes: u64,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.to.write(buf)?;
        self.digest.update(&buf[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Writes a backup of all durable records into a directory. The file is written aside, and renamed
/// when it is whole and synced. Only an erasure changes records, and it must not run meanwhile.
pub fn create(
    journal: &Journal,
    store: &dyn Store,
    directory: &Path,
) -> Result<Backup, BackupError> {
    let failed = BackupError::io(directory);
    fs::create_dir_all(directory).map_err(&failed)?;
    let (log_sequence, event_count) = journal.end();
    let file_name = format!("goodstanding-{log_sequence:012}.backup");
    remove_parts(directory);
    let aside = tempfile::Builder::new()
        .prefix(leftovers::PREFIX)
        .suffix(leftovers::PART)
        .tempfile_in(directory)
        .map_err(&failed)?;
    // Tells a later backup that this one is alive.
    fs4::FileExt::try_lock(aside.as_file()).map_err(|error| failed(error.into()))?;
    let mut out = Summed {
        to: BufWriter::with_capacity(BUFFER, aside),
        digest: Context::new(&SHA256),
        bytes: 0,
    };
    let check = key_check(store)?.unwrap_or_default();
    write_header(&mut out, log_sequence, event_count, &check).map_err(&failed)?;
    write_models(&mut out, &models::notes(store)?).map_err(&failed)?;
    journal.frames(1..=log_sequence, |_, frame, _| {
        // Frames are below 64 MiB and a little.
        let length = frame.len() as u32;
        out.write_all(&length.to_le_bytes()).map_err(&failed)?;
        out.write_all(frame).map_err(&failed)
    })?;
    let digest = out.digest.clone().finish();
    out.write_all(digest.as_ref()).map_err(&failed)?;
    let Summed { to, digest, bytes } = out;
    let aside = to
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    aside.as_file().sync_all().map_err(&failed)?;
    aside
        .persist(directory.join(&file_name))
        .map_err(|error| failed(error.error))?;
    sync(directory)?;
    Ok(Backup {
        file_name,
        log_sequence,
        event_count,
        size_bytes: bytes,
        sha256: hex(digest.finish().as_ref()),
    })
}

fn write_header(out: &mut impl Write, last: u64, events: u64, check: &[u8]) -> io::Result<()> {
    out.write_all(&MAGIC)?;
    out.write_all(&VERSION.to_le_bytes())?;
    out.write_all(&last.to_le_bytes())?;
    out.write_all(&events.to_le_bytes())?;
    out.write_all(&[check.len() as u8])?;
    out.write_all(check)
}

fn write_models(out: &mut impl Write, notes: &[(String, Vec<u8>)]) -> io::Result<()> {
    out.write_all(&(notes.len() as u32).to_le_bytes())?;
    for (name, bytes) in notes {
        // Names are some 40 bytes, notes below a few MiB.
        out.write_all(&[name.len() as u8])?;
        out.write_all(name.as_bytes())?;
        out.write_all(&(bytes.len() as u32).to_le_bytes())?;
        out.write_all(bytes)?;
    }
    Ok(())
}

/// Makes a rename in a directory durable.
fn sync(directory: &Path) -> Result<(), BackupError> {
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    synced.map_err(BackupError::io(directory))
}

/// The directory that holds a path.
fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests;
