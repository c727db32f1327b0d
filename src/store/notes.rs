//! Notes: small values under names, each in a file and a copy of it, replaced as a whole.
//!
//! A file is a magic, `u32` version, `u32` crc32 over the rest, `u32` length of the name, the name,
//! and the value; numbers are little-endian.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tracing::warn;

use super::StoreError;
use super::layout::{create_private_dir, sync_dir};

const MAGIC: [u8; 4] = *b"GSNT";
const VERSION: u32 = 1;
const NAME_AT: usize = 16;
/// Endings of the file and of its copy.
const ENDINGS: [&str; 2] = ["note", "copy"];

/// The notes of a store.
pub(super) struct Notes {
    dir: PathBuf,
}

impl Notes {
    /// Opens the notes in a directory, which is made if it is absent.
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        create_private_dir(dir)?;
        Ok(Self {
            dir: dir.to_path_buf(),
        })
    }

    /// The notes of a directory, which may be absent, to be read only.
    pub(super) fn at(dir: &Path) -> Self {
        Self {
            dir: dir.to_path_buf(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut damage = None;
        for ending in ENDINGS {
            let path = self.path(name, ending);
            let failure = match fs::read(&path) {
                Ok(bytes) => match decode(&bytes, name) {
                    Ok(value) => {
                        if let Some(damage) = damage {
                            warn!(error = %damage, "a note is read from its copy");
                        }
                        return Ok(Some(value));
                    }
                    Err(detail) => StoreError::corrupt(path.display().to_string(), detail),
                },
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => StoreError::io(format!("reading {}", path.display()), error),
            };
            damage = damage.or(Some(failure));
        }
        damage.map_or(Ok(None), Err)
    }

    /// Keeps or drops a value, durable on return.
    pub(super) fn put(&self, name: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
        let changed = match value {
            Some(value) => self.write(name, &encode(name, value)),
            None => self.remove(name),
        };
        changed.map_err(|error| StoreError::io(format!("keeping the note {name}"), error))
    }

    /// All notes that can be read.
    pub(super) fn readable(&self) -> Vec<(String, Vec<u8>)> {
        let mut notes = BTreeMap::new();
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            if let Ok(bytes) = fs::read(entry.path())
                && let Some(name) = name_in(&bytes)
                && let Ok(value) = decode(&bytes, &name)
            {
                notes.insert(name, value);
            }
        }
        notes.into_iter().collect()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        for ending in ENDINGS {
            let mut temp = NamedTempFile::new_in(&self.dir)?;
            temp.write_all(bytes)?;
            temp.as_file().sync_all()?;
            temp.persist(self.path(name, ending)).map_err(|e| e.error)?;
            // Each is durable before the next changes: one of both is always whole.
            sync_dir(&self.dir)?;
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        // The copy first: a removal that is cut short leaves the note.
        for ending in ENDINGS.into_iter().rev() {
            match fs::remove_file(self.path(name, ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        sync_dir(&self.dir)
    }

    fn path(&self, name: &str, ending: &str) -> PathBuf {
        let mut file = String::new();
        for byte in name.bytes() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' => file.push(char::from(byte)),
                other => {
                    // Writing to a string cannot fail.
                    let _ = write!(file, "_{other:02x}");
                }
            }
        }
        self.dir.join(format!("{file}.{ending}"))
    }
}

fn encode(name: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(NAME_AT + name.len() + value.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&(name.len() as u32).to_le_bytes());
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(value);
    let crc = crc32fast::hash(&bytes[12..]);
    bytes[8..12].copy_from_slice(&crc.to_le_bytes());
    bytes
}

fn name_in(bytes: &[u8]) -> Option<String> {
    let len = bytes.get(12..NAME_AT)?.try_into().ok()?;
    let len = u32::from_le_bytes(len) as usize;
    let name = bytes.get(NAME_AT..NAME_AT.checked_add(len)?)?;
    String::from_utf8(name.to_vec()).ok()
}

fn decode(bytes: &[u8], name: &str) -> Result<Vec<u8>, String> {
    let field = |at: usize| {
        let field = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes([field[0], field[1], field[2], field[3]]))
    };
    let short = || "it is cut short".to_owned();
    if bytes.get(..4) != Some(&MAGIC) {
        return Err("it does not start as a note does".to_owned());
    }
    let version = field(4).ok_or_else(short)?;
    if version > VERSION {
        return Err(format!(
            "it has version {version}, this build reads up to {VERSION}"
        ));
    }
    let crc = field(8).ok_or_else(short)?;
    if crc32fast::hash(bytes.get(12..).ok_or_else(short)?) != crc {
        return Err("its checksum does not hold".to_owned());
    }
    let name_len = field(12).ok_or_else(short)? as usize;
    let rest = &bytes[NAME_AT..];
    match rest.split_at_checked(name_len) {
        Some((found, value)) if found == name.as_bytes() => Ok(value.to_vec()),
        _ => Err("it names another note inside".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_note_is_read_from_its_copy_and_two_damaged_ones_are_an_error() {
        let dir = tempfile::TempDir::new().expect("a directory");
        let notes = Notes::open(dir.path()).expect("opened");
        notes.put("model/1 ü", Some(b"value")).expect("kept");
        let [one, other] = ENDINGS.map(|ending| notes.path("model/1 ü", ending));
        let whole = fs::read(&one).expect("written");
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&one, &bytes).expect("damaged");
            let value = notes.get("model/1 ü").expect("read from the copy");
            assert_eq!(value.as_deref(), Some(b"value".as_slice()), "byte {at}");
        }
        fs::write(&other, &whole[..whole.len() - 1]).expect("damaged");
        let error = notes.get("model/1 ü").expect_err("both are damaged");
        assert!(error.to_string().contains(".note is corrupt"), "{error}");
        fs::remove_file(&one).expect("removed");
        assert!(notes.get("model/1 ü").is_err());
        assert_eq!(notes.get("model/2").expect("read"), None);
    }
}
