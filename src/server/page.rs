//! Page sizes, and tokens that say where a list goes on.
//!
//! A token holds the last place that was told, sealed with a key that lies in the store: so it
//! survives a restart, and one that was made up, changed, or given out for another request is
//! refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::{Reason, Violation};
use crate::keyed::{HASH_BYTES, KEY_BYTES, Key};
use crate::store::{Store, StoreError};

/// Largest page.
const SIZE_MAX: u32 = 1000;
const VERSION: u8 = 2;
/// Where the store keeps the key.
const KEY_NOTE: &str = "page-key";

/// The page size, 0 meaning the default.
pub(super) fn size(asked: u32, default: usize) -> Result<usize, Vec<Violation>> {
    match asked {
        0 => Ok(default),
        1..=SIZE_MAX => Ok(asked as usize),
        _ => Err(vec![Violation {
            field: "page_size".to_owned(),
            description: format!("is {asked}; 1 to 1000 is allowed"),
            reason: Reason::OutOfRange,
        }]),
    }
}

/// Why the key of the tokens cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// Makes and reads the tokens of one store.
#[derive(Clone, Debug)]
pub(super) struct Tokens(Key);

impl Tokens {
    /// With the key that lies in the store; made there the first time.
    pub(super) fn open(store: &dyn Store) -> Result<Self, KeyError> {
        let held = store.note(KEY_NOTE)?;
        if let Some(bytes) = held.and_then(|held| <[u8; KEY_BYTES]>::try_from(held).ok()) {
            return Ok(Self(Key::new(bytes)));
        }
        let key = Key::random().map_err(|_| KeyError::Random)?;
        store.put_note(KEY_NOTE, Some(key.bytes()))?;
        Ok(Self(key))
    }

    /// The tokens of one request: `filter` is all of it but the page.
    pub(super) fn of(&self, method: &'static str, filter: &impl prost::Message) -> Ticket {
        Ticket {
            key: self.0.clone(),
            method,
            filter: filter.encode_to_vec(),
            field: "page_token",
        }
    }
}

/// The tokens of one request.
pub(super) struct Ticket {
    key: Key,
    method: &'static str,
    filter: Vec<u8>,
    field: &'static str,
}

impl Ticket {
    /// With another name of the field in errors.
    pub(super) fn named(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    /// A token that goes on after a place.
    pub(super) fn token(&self, last: &impl Serialize) -> String {
        let mut bytes = vec![VERSION];
        // Places are plain values, which always can be written.
        bytes.extend(postcard::to_allocvec(last).unwrap_or_default());
        let seal = self.key.hash(&self.sealed(&bytes));
        bytes.extend(seal);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The last place that was told; none for the first page.
    pub(super) fn read<T: DeserializeOwned>(
        &self,
        token: &str,
    ) -> Result<Option<T>, Vec<Violation>> {
        if token.is_empty() {
            return Ok(None);
        }
        self.unseal(token).map(Some).ok_or_else(|| {
            vec![Violation {
                field: self.field.to_owned(),
                description: "is none that this service gave out for this request".to_owned(),
                reason: Reason::Malformed,
            }]
        })
    }

    fn unseal<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, seal) = bytes.split_at_checked(bytes.len().checked_sub(HASH_BYTES)?)?;
        if !self.key.verify(&self.sealed(body), seal) {
            return None;
        }
        let place = body.strip_prefix(&[VERSION])?;
        postcard::from_bytes(place).ok()
    }

    fn sealed<'a>(&'a self, body: &'a [u8]) -> [&'a [u8]; 4] {
        [b"page", self.method.as_bytes(), &self.filter, body]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{ListCampaignsRequest, ListModelVersionsRequest};
    use crate::store::MemoryStore;

    fn filter(least: f64) -> ListCampaignsRequest {
        ListCampaignsRequest {
            min_confidence: Some(least),
            ..ListCampaignsRequest::default()
        }
    }

    #[test]
    fn tokens_come_back_to_their_request_and_to_no_other() {
        let store = MemoryStore::new();
        let tokens = Tokens::open(&store).expect("a key");
        let ticket = tokens.of("ListCampaigns", &filter(0.5));
        let token = ticket.token(&(0.25_f64, 7_u32));
        assert_eq!(ticket.read(&token), Ok(Some((0.25_f64, 7_u32))));
        assert_eq!(ticket.read::<(f64, u32)>(""), Ok(None));
        // After a restart.
        let again = Tokens::open(&store).expect("the same key");
        let ticket = again.of("ListCampaigns", &filter(0.5));
        assert_eq!(ticket.read(&token), Ok(Some((0.25_f64, 7_u32))));

        let others = [
            again.of("ListCampaigns", &filter(0.6)),
            again.of("GetCampaign", &filter(0.5)),
            Tokens::open(&MemoryStore::new())
                .expect("another key")
                .of("ListCampaigns", &filter(0.5)),
            again.of("ListCampaigns", &ListModelVersionsRequest::default()),
        ];
        for other in &others {
            let refused = other.read::<(f64, u32)>(&token).expect_err("foreign");
            assert_eq!(refused[0].field, "page_token");
        }
    }

    #[test]
    fn no_changed_token_is_read() {
        let tokens = Tokens::open(&MemoryStore::new()).expect("a key");
        let ticket = tokens
            .of("ListCampaigns", &filter(0.5))
            .named("resume_token");
        let token = ticket.token(&7_u64);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            // The last digit has bits that mean nothing.
            let read = ticket.read::<u64>(&changed);
            assert!(read.is_err() || changed[..at] == token[..at] && at + 1 == token.len());
        }
        for wrong in ["x", "p1-3", "é", "AAAA"] {
            let refused = ticket.read::<u64>(wrong).expect_err("made up");
            assert_eq!(refused[0].field, "resume_token");
        }
        assert_eq!(size(0, 50), Ok(50));
        assert!(size(1001, 50).is_err());
    }
}
