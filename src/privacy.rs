//! Pseudonyms: ids of authors and buyers are replaced before they reach the store.
//!
//! With a key, an id is replaced by `p-` and 32 hexadecimal digits, the first 128 bits of
//! HMAC-SHA-256 over its marketplace and itself. An author and a buyer with one id have one
//! pseudonym, so that reviews of bought products stay visible. The same id on two marketplaces has
//! two. An id that looks like a pseudonym is taken as one, so that ids of answers work in requests.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::{Fault, Secret, Section};
use crate::domain::Id;
use crate::keyed::{KEY_BYTES, Key, hex};
use crate::proto::v1::{Event, Review, Subject, SubjectKind, event};
use crate::store::{Store, StoreError};

/// Note of the store with the check value of the key.
const CHECK_NOTE: &str = "reviewer-key-check";
const PREFIX: &str = "p-";
const DIGITS: usize = 32;

/// Section `[privacy]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrivacyConfig {
    /// File with the key that ids of reviewers and buyers are replaced with at the border: 64
    /// hexadecimal digits. Not set: they are kept as they come.
    pub reviewer_key_file: Option<PathBuf>,
    /// The key itself, for `GOODSTANDING_PRIVACY__REVIEWER_KEY` where secrets come as variables;
    /// instead of the file.
    pub reviewer_key: Secret,
}

impl Section for PrivacyConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            reviewer_key_file,
            reviewer_key,
        } = self;
        if reviewer_key.is_empty() {
            return Vec::new();
        }
        let usable = parse_hex(reviewer_key.reveal().trim()).is_some();
        let message = match (usable, reviewer_key_file) {
            (true, None) => return Vec::new(),
            (_, Some(_)) => "is set, and so is reviewer_key_file: one of them is enough",
            (false, None) => "is not 64 hexadecimal digits (32 bytes)",
        };
        vec![Fault::new("reviewer_key", message)]
    }
}

/// A reason why the key does not fit the settings or the store.
#[derive(Debug, thiserror::Error)]
pub enum PrivacyError {
    /// The key file cannot be read.
    #[error("the reviewer key file {path} cannot be read: {source}")]
    File {
        /// The file.
        path: String,
        /// The failure.
        #[source]
        source: std::io::Error,
    },
    /// The key file does not hold a key.
    #[error("the reviewer key file {path} does not hold 64 hexadecimal digits (32 bytes)")]
    Malformed {
        /// The file.
        path: String,
    },
    /// The key in the configuration is not a key.
    #[error("privacy.reviewer_key does not hold 64 hexadecimal digits (32 bytes)")]
    NoKey,
    /// The store was written with a key, and none is given.
    #[error(
        "the store's reviewer ids are pseudonyms made with a key: give its file as --reviewer-key-file"
    )]
    KeyMissing,
    /// The store was written with another key.
    #[error("the store's reviewer ids were made with another key than the one given")]
    WrongKey,
    /// The store holds ids as they came.
    #[error(
        "the store holds reviewer ids as they came: it cannot go on with a key; import its data anew"
    )]
    KeyTooLate,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes pseudonyms, or leaves ids as they are where there is no key.
#[derive(Clone, Debug, Default)]
pub struct Pseudonyms(Option<Key>);

impl Pseudonyms {
    /// With a key.
    pub const fn new(key: Key) -> Self {
        Self(Some(key))
    }

    /// With the key in a file: 64 hexadecimal digits, as `openssl rand -hex 32` makes them.
    pub fn from_file(path: &Path) -> Result<Self, PrivacyError> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|source| PrivacyError::File {
            path: name.clone(),
            source,
        })?;
        let bytes = parse_hex(text.trim()).ok_or(PrivacyError::Malformed { path: name })?;
        Ok(Self::new(Key::new(bytes)))
    }

    /// With the key itself: 64 hexadecimal digits.
    pub fn from_key(key: &Secret) -> Result<Self, PrivacyError> {
        let bytes = parse_hex(key.reveal().trim()).ok_or(PrivacyError::NoKey)?;
        Ok(Self::new(Key::new(bytes)))
    }

    /// As the configuration says.
    pub fn open(config: &PrivacyConfig) -> Result<Self, PrivacyError> {
        match &config.reviewer_key_file {
            Some(file) => Self::from_file(file),
            None if config.reviewer_key.is_empty() => Ok(Self::default()),
            None => Self::from_key(&config.reviewer_key),
        }
    }

    /// Whether ids are replaced.
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Refuses a store whose ids were made with another key or none. An empty store is bound to this
    /// key.
    pub fn check(&self, store: &dyn Store) -> Result<(), PrivacyError> {
        match (store.note(CHECK_NOTE)?, self.check_value()) {
            (None, None) => Ok(()),
            (Some(_), None) => Err(PrivacyError::KeyMissing),
            (Some(stored), Some(own)) if stored == own => Ok(()),
            (Some(_), Some(_)) => Err(PrivacyError::WrongKey),
            (None, Some(own)) => {
                if store.log_end()?.sequence > 0 {
                    return Err(PrivacyError::KeyTooLate);
                }
                Ok(store.put_note(CHECK_NOTE, Some(&own))?)
            }
        }
    }

    /// A value that differs between keys, and reveals nothing else about them.
    fn check_value(&self) -> Option<Vec<u8>> {
        let key = self.0.as_ref()?;
        Some(key.hash(&[b"goodstanding reviewer key check"])[..16].to_vec())
    }

    /// Replaces the people in an event. Ids that are not valid stay, and parsing refuses them.
    pub fn hide(&self, event: &mut Event) {
        if !self.is_on() {
            return;
        }
        match &mut event.payload {
            Some(event::Payload::Review(review)) => self.hide_author(review),
            Some(event::Payload::Order(order)) => {
                self.replace(&order.marketplace, &mut order.buyer_id);
            }
            Some(event::Payload::Verdict(verdict)) => {
                if let Some(subject) = &mut verdict.subject {
                    self.hide_subject(subject);
                }
            }
            _ => {}
        }
    }

    /// Replaces a review's author.
    pub fn hide_author(&self, review: &mut Review) {
        self.replace(&review.marketplace, &mut review.reviewer_id);
    }

    /// Replaces a subject's id where it is an author.
    pub fn hide_subject(&self, subject: &mut Subject) {
        if subject.kind() == SubjectKind::Reviewer {
            self.replace(&subject.marketplace, &mut subject.id);
        }
    }

    fn replace(&self, marketplace: &str, id: &mut String) {
        let Some(key) = &self.0 else {
            return;
        };
        if Id::new(id).is_none() || is_pseudonym(id) {
            return;
        }
        let hash = key.hash(&[b"person", marketplace.as_bytes(), id.as_bytes()]);
        *id = format!("{PREFIX}{}", hex(&hash[..DIGITS / 2]));
    }
}

/// The check value of a store's key, to be copied to another store.
pub fn key_check(store: &dyn Store) -> Result<Option<Vec<u8>>, StoreError> {
    store.note(CHECK_NOTE)
}

/// Binds a store to the key of the store that its data comes from.
pub fn set_key_check(store: &dyn Store, check: &[u8]) -> Result<(), StoreError> {
    store.put_note(CHECK_NOTE, Some(check))
}

fn is_pseudonym(id: &str) -> bool {
    let digits = id.strip_prefix(PREFIX);
    digits.is_some_and(|digits| {
        digits.len() == DIGITS
            && digits
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn parse_hex(text: &str) -> Option<[u8; KEY_BYTES]> {
    if text.len() != 2 * KEY_BYTES || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; KEY_BYTES];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::Order;
    use crate::store::MemoryStore;

    fn with(byte: u8) -> Pseudonyms {
        Pseudonyms::new(Key::new([byte; KEY_BYTES]))
    }

    fn author(pseudonyms: &Pseudonyms, marketplace: &str, id: &str) -> String {
        let mut subject = Subject {
            kind: SubjectKind::Reviewer.into(),
            marketplace: marketplace.to_owned(),
            id: id.to_owned(),
        };
        pseudonyms.hide_subject(&mut subject);
        subject.id
    }

    #[test]
    fn ids_become_stable_pseudonyms_of_their_marketplace() {
        let key = with(1);
        let hidden = author(&key, "m", "Ada");
        assert!(is_pseudonym(&hidden), "{hidden}");
        assert_eq!(author(&key, "m", &hidden), hidden);
        assert_ne!(author(&key, "n", "Ada"), hidden);
        assert_ne!(author(&with(2), "m", "Ada"), hidden);
        assert_eq!(author(&Pseudonyms::default(), "m", "Ada"), "Ada");
        // Parsing refuses an invalid id; a hash would hide that.
        assert_eq!(author(&key, "m", ""), "");
        let mut order = Event {
            revision: 0,
            payload: Some(event::Payload::Order(Order {
                marketplace: "m".to_owned(),
                buyer_id: "Ada".to_owned(),
                ..Order::default()
            })),
        };
        key.hide(&mut order);
        assert!(matches!(
            order.payload,
            Some(event::Payload::Order(Order { buyer_id, .. })) if buyer_id == hidden
        ));
    }

    #[test]
    fn store_accepts_only_its_own_key() {
        let store = MemoryStore::new();
        with(1).check(&store).expect("an empty store takes a key");
        with(1).check(&store).expect("the same key");
        let other = with(2).check(&store).expect_err("another key");
        assert!(matches!(other, PrivacyError::WrongKey), "{other}");
        let none = Pseudonyms::default().check(&store).expect_err("no key");
        assert!(matches!(none, PrivacyError::KeyMissing), "{none}");
        let plain = MemoryStore::new();
        plain.append(1, 1, b"x").expect("appended");
        let late = with(1).check(&plain).expect_err("ids are there");
        assert!(matches!(late, PrivacyError::KeyTooLate), "{late}");
    }

    #[test]
    fn key_file_must_hold_64_hexadecimal_digits() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), format!("{}\n", "0f".repeat(32))).expect("written");
        assert!(Pseudonyms::from_file(file.path()).expect("a key").is_on());
        for wrong in ["", "0f", &"0g".repeat(32), &"é".repeat(32)] {
            fs::write(file.path(), wrong).expect("written");
            assert!(Pseudonyms::from_file(file.path()).is_err(), "{wrong}");
        }
    }
}
