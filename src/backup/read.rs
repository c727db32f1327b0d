//! Verifies backups, and restores stores from them.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use ring::digest::{Context, SHA256};

use super::{
    BUFFER, BackupError, DIGEST_BYTES, MAGIC, MODELS_SINCE, VERSION, leftovers, parent, sync,
};
use crate::journal::{MAX_RAW_LEN, Record};
use crate::keyed::hex;
use crate::models;
use crate::privacy::set_key_check;
use crate::store::{FileStore, Store};

/// Frames that share a flush.
const FRAMES_A_FLUSH: u64 = 1024;
/// A frame that does not compress is a little larger than what it holds.
const FRAME_BYTES_MAX: usize = MAX_RAW_LEN + MAX_RAW_LEN / 64 + 1024;
/// Most notes of model versions, and most bytes of one.
const NOTES_MAX: u32 = 1024;
const NOTE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Memory of the store's cache while it is filled.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// The content of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Last record in it; 0 for an empty log.
    pub log_sequence: u64,
    /// Events in it.
    pub event_count: u64,
    /// SHA-256 of the whole file, in hexadecimal digits.
    pub sha256: String,
    /// Whether reviewer ids in it are pseudonyms, so that the store needs the key.
    pub has_key: bool,
}

/// Computes the digest of read bytes.
struct Summed {
    from: BufReader<File>,
    digest: Context,
    path: String,
}

impl Summed {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], BackupError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BackupError> {
        self.from.read_exact(bytes).map_err(|source| {
            if source.kind() == io::ErrorKind::UnexpectedEof {
                return self.damaged("it is cut short");
            }
            BackupError::Io {
                path: self.path.clone(),
                source,
            }
        })?;
        self.digest.update(&*bytes);
        Ok(())
    }

    fn damaged(&self, detail: impl Into<String>) -> BackupError {
        BackupError::Damaged {
            path: self.path.clone(),
            detail: detail.into(),
        }
    }
}

/// The header of a backup.
struct Header {
    last: u64,
    events: u64,
    check: Vec<u8>,
    models: Vec<(String, Vec<u8>)>,
}

/// Reads a whole backup and checks every sum: of each frame, of their order, and of the file.
pub fn verify(file: &Path) -> Result<Summary, BackupError> {
    read(file, |_| Ok(()), |_, _, _| Ok(()))
}

/// Makes a store of a backup in a directory that is empty or not there. Everything is verified
/// before anything is written, and the directory appears when it is complete.
pub fn restore(file: &Path, directory: &Path) -> Result<Summary, BackupError> {
    let failed = BackupError::io(directory);
    match fs::read_dir(directory) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(BackupError::Occupied {
                    path: directory.display().to_string(),
                });
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    verify(file)?;
    let parent = parent(directory);
    fs::create_dir_all(&parent).map_err(&failed)?;
    leftovers::remove_restores(&parent);
    let aside = tempfile::Builder::new()
        .prefix(leftovers::RESTORE_PREFIX)
        .tempdir_in(&parent)
        .map_err(&failed)?;
    let summary = {
        let store = FileStore::open(aside.path(), CACHE_BYTES)?;
        let summary = read(
            file,
            |header| {
                for (name, bytes) in &header.models {
                    store.put_note(name, Some(bytes))?;
                }
                if header.check.is_empty() {
                    return Ok(());
                }
                Ok(set_key_check(&store, &header.check)?)
            },
            |sequence, events, frame| {
                store.append(sequence, events, frame)?;
                if sequence % FRAMES_A_FLUSH == 0 {
                    store.flush()?;
                }
                Ok(())
            },
        )?;
        store.flush()?;
        summary
    };
    // A directory may be renamed over an empty one.
    fs::rename(aside.path(), directory).map_err(&failed)?;
    sync(&parent)?;
    Ok(summary)
}

fn read(
    file: &Path,
    begin: impl FnOnce(&Header) -> Result<(), BackupError>,
    mut visit: impl FnMut(u64, u64, &[u8]) -> Result<(), BackupError>,
) -> Result<Summary, BackupError> {
    let opened = File::open(file).map_err(BackupError::io(file))?;
    let mut source = Summed {
        from: BufReader::with_capacity(BUFFER, opened),
        digest: Context::new(&SHA256),
        path: file.display().to_string(),
    };
    let header = read_header(&mut source)?;
    begin(&header)?;
    let mut ordinal = 0;
    let mut frame = Vec::new();
    for sequence in 1..=header.last {
        let length = u32::from_le_bytes(source.bytes()?) as usize;
        if length > FRAME_BYTES_MAX {
            return Err(source.damaged(format!("record {sequence} says it has {length} bytes")));
        }
        frame.resize(length, 0);
        source.fill(&mut frame)?;
        let record = Record::decode(&frame)
            .map_err(|fault| source.damaged(format!("record {sequence}: {fault}")))?;
        if record.first_ordinal() != ordinal {
            return Err(source.damaged(format!("record {sequence} does not follow on the last")));
        }
        ordinal = record.next_ordinal();
        visit(sequence, ordinal, &frame)?;
    }
    if ordinal != header.events {
        let detail = format!("it holds {ordinal} events and says {}", header.events);
        return Err(source.damaged(detail));
    }
    let expected = source.digest.clone().finish();
    let found: [u8; DIGEST_BYTES] = source.bytes()?;
    if found.as_slice() != expected.as_ref() {
        return Err(source.damaged("its checksum does not hold"));
    }
    let mut beyond = [0];
    if source
        .from
        .read(&mut beyond)
        .map_err(BackupError::io(file))?
        != 0
    {
        return Err(source.damaged("bytes follow its end"));
    }
    Ok(Summary {
        log_sequence: header.last,
        event_count: header.events,
        sha256: hex(source.digest.finish().as_ref()),
        has_key: !header.check.is_empty(),
    })
}

fn read_header(source: &mut Summed) -> Result<Header, BackupError> {
    let magic: [u8; MAGIC.len()] = source.bytes()?;
    if magic != MAGIC {
        return Err(source.damaged("it does not start as a backup does"));
    }
    let found = u32::from_le_bytes(source.bytes()?);
    if found > VERSION {
        let path = source.path.clone();
        return Err(BackupError::Newer { path, found });
    }
    let last = u64::from_le_bytes(source.bytes()?);
    let events = u64::from_le_bytes(source.bytes()?);
    let [length] = source.bytes()?;
    let mut check = vec![0; length.into()];
    source.fill(&mut check)?;
    let models = if found < MODELS_SINCE {
        Vec::new()
    } else {
        read_models(source)?
    };
    Ok(Header {
        last,
        events,
        check,
        models,
    })
}

fn read_models(source: &mut Summed) -> Result<Vec<(String, Vec<u8>)>, BackupError> {
    let count = u32::from_le_bytes(source.bytes()?);
    if count > NOTES_MAX {
        return Err(source.damaged(format!("it says it has {count} model versions")));
    }
    let mut notes = Vec::new();
    for _ in 0..count {
        let [length] = source.bytes()?;
        let mut name = vec![0; length.into()];
        source.fill(&mut name)?;
        let name = String::from_utf8_lossy(&name).into_owned();
        let length = u32::from_le_bytes(source.bytes()?) as usize;
        if length > NOTE_BYTES_MAX {
            return Err(source.damaged(format!("{name} says it has {length} bytes")));
        }
        let mut bytes = vec![0; length];
        source.fill(&mut bytes)?;
        models::check_note(&name, &bytes).map_err(|error| source.damaged(error.to_string()))?;
        notes.push((name, bytes));
    }
    Ok(notes)
}
