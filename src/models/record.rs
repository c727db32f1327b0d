//! Version records: notes of the store with a format version and a checksum.

use ring::digest::{SHA256, digest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::integrity::MODEL_VERSION;
use crate::integrity::learn::{Learned, Model};
use crate::keyed::hex;
use crate::store::{Store, StoreError};

const MAGIC: [u8; 4] = *b"GSMV";
const FORMAT: u32 = 1;
const HEADER_BYTES: usize = 12;
/// Name of the note that holds the index.
pub(super) const INDEX_NOTE: &str = "model-versions";
/// Bytes of a version's checksum in its name.
const NAME_DIGEST_BYTES: usize = 6;

/// Where a version comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Imported: it was learned elsewhere.
    Imported,
    /// Fitted from the verdicts of this log.
    Fitted {
        /// The last record that verdicts were taken from.
        log_sequence: u64,
    },
}

/// Figures of the backtest: models that have not seen the held-out verdicts, measured on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// Average precision over reviews.
    pub ap: Option<f64>,
    /// Area under the ROC curve over reviews.
    pub auc: Option<f64>,
    /// Expected calibration error, 0 to 1.
    pub ece: Option<f64>,
}

/// One learned version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Name and model.
    pub learned: Learned,
    /// The program's own model that it corrects.
    pub base: String,
    /// Description of its training data, in English.
    pub trained_on: String,
    /// Its origin.
    pub origin: Origin,
    /// Time of the fit or import, in seconds since 1970.
    pub created: u32,
    /// The backtest of its fit.
    pub tested: Option<Tested>,
}

impl Version {
    /// Makes a version; its name follows from the model.
    pub fn new(model: Model, trained_on: String, origin: Origin, created: u32) -> Self {
        Self {
            learned: Learned {
                name: name_of(&model, MODEL_VERSION),
                model,
            },
            base: MODEL_VERSION.to_owned(),
            trained_on,
            origin,
            created,
            tested: None,
        }
    }

    /// Checks the version; says why this program cannot score with it.
    fn fault(&self) -> Option<String> {
        if self.base != MODEL_VERSION {
            let base = &self.base;
            return Some(format!(
                "it corrects {base}, and this program's own model is {MODEL_VERSION}: fit it anew"
            ));
        }
        if self.learned.name != name_of(&self.learned.model, &self.base) {
            return Some("its name is not that of its content".to_owned());
        }
        self.learned.model.check().err().map(|e| e.to_string())
    }
}

/// Names a model: the base, and the start of a SHA-256 of the model.
fn name_of(model: &Model, base: &str) -> String {
    // A model is a tree of strings and numbers, which always has an encoding.
    let bytes = postcard::to_stdvec(model).unwrap_or_default();
    let sum = digest(&SHA256, &bytes);
    let short = hex(sum.as_ref().get(..NAME_DIGEST_BYTES).unwrap_or_default());
    format!("{base}+{short}")
}

/// A version as the index names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Named {
    /// The program's own model, under the name that it has in the running release.
    #[default]
    BuiltIn,
    /// A learned version.
    Learned(String),
}

impl Named {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::BuiltIn => MODEL_VERSION,
            Self::Learned(name) => name,
        }
    }
}

/// The versions of a service, and the roles of some.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    /// Names, the oldest first.
    pub(super) names: Vec<String>,
    /// The version that assessments use.
    pub(super) active: Named,
    /// The version that is compared with it.
    pub(super) shadow: Option<Named>,
    /// The version that was active before, if any. Releases before 0.2 kept up to 32, the newest last.
    pub(super) before: Vec<Named>,
}

/// Name of the note that holds a version.
fn note_of(name: &str) -> String {
    format!("model-version {name}")
}

/// Writes a record: magic, format, checksum of the body, and the body.
fn seal<T: Serialize>(what: &str, value: &T) -> Result<Vec<u8>, StoreError> {
    let body =
        postcard::to_stdvec(value).map_err(|error| StoreError::corrupt(what, error.to_string()))?;
    let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

fn open<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, StoreError> {
    let content = body(what, bytes)?;
    postcard::from_bytes(content).map_err(|error| StoreError::corrupt(what, error.to_string()))
}

fn body<'a>(what: &str, bytes: &'a [u8]) -> Result<&'a [u8], StoreError> {
    let Some((header, body)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(StoreError::corrupt(what, "it is cut short"));
    };
    let word = |at: usize| {
        u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    if header[..4] != MAGIC {
        return Err(StoreError::corrupt(what, "it is no model version"));
    }
    if word(4) > FORMAT {
        return Err(StoreError::Newer {
            found: word(4),
            supported: FORMAT,
        });
    }
    if word(4) == 0 || word(8) != crc32fast::hash(body) {
        return Err(StoreError::corrupt(what, "its checksum does not hold"));
    }
    Ok(body)
}

pub(super) fn load_index(store: &dyn Store) -> Result<Index, StoreError> {
    match store.note(INDEX_NOTE)? {
        Some(bytes) => open("the list of model versions", &bytes),
        None => Ok(Index::default()),
    }
}

pub(super) fn save_index(store: &dyn Store, index: &Index) -> Result<(), StoreError> {
    let bytes = seal("the list of model versions", index)?;
    store.put_note(INDEX_NOTE, Some(&bytes))
}

/// Reads a version; says why if it cannot be used.
pub(super) fn load(store: &dyn Store, name: &str) -> Result<Result<Version, String>, StoreError> {
    let Some(bytes) = store.note(&note_of(name))? else {
        return Ok(Err("it is missing from the store".to_owned()));
    };
    let version: Version = match open("it", &bytes) {
        Ok(version) => version,
        Err(error) => return Ok(Err(error.to_string())),
    };
    if version.learned.name != name {
        return Ok(Err("it is another version's record".to_owned()));
    }
    Ok(match version.fault() {
        Some(fault) => Err(fault),
        None => Ok(version),
    })
}

pub(super) fn save(store: &dyn Store, version: &Version) -> Result<(), StoreError> {
    let name = &version.learned.name;
    let bytes = seal(name, version)?;
    store.put_note(&note_of(name), Some(&bytes))
}

pub(super) fn drop_version(store: &dyn Store, name: &str) -> Result<(), StoreError> {
    store.put_note(&note_of(name), None)
}

/// Reads all records, for a backup.
pub(crate) fn notes(store: &dyn Store) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let index = load_index(store)?;
    let names = index.names.iter().map(|name| note_of(name));
    let mut notes = Vec::new();
    for name in names.chain([INDEX_NOTE.to_owned()]) {
        if let Some(bytes) = store.note(&name)? {
            notes.push((name, bytes));
        }
    }
    Ok(notes)
}

/// Checks a record of a backup.
pub(crate) fn check_note(name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    if name != INDEX_NOTE && !name.starts_with(&note_of("")) {
        return Err(StoreError::corrupt(name, "it is no note of model versions"));
    }
    body(name, bytes).map(|_| ())
}
