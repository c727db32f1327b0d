//! Page sizes and page tokens.
//!
//! A page token holds the position of the last entry, signed with a key from the store. So it
//! survives a restart, and a token that is invented, changed or from another request is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tonic::Status;

use super::status;
use crate::domain::Reason;
use crate::keyed::{HASH_BYTES, KEY_BYTES, Key};
use crate::store::{Store, StoreError};

/// Largest page.
const SIZE_MAX: u32 = 1000;
const VERSION: u8 = 2;
/// The note of the store that holds the key.
const KEY_NOTE: &str = "page-key";

/// Checks a page size; 0 means the default.
pub(super) fn size(asked: u32, default: usize) -> Result<usize, Status> {
    match asked {
        0 => Ok(default),
        1..=SIZE_MAX => Ok(asked as usize),
        _ => Err(status::invalid_argument(
            "page_size",
            Reason::OutOfRange,
            format!("is {asked}; 1 to 1000 is allowed"),
        )),
    }
}

/// Why there is no key for page tokens.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// Makes the codecs of page tokens, with the key of one store.
#[derive(Clone, Debug)]
pub(super) struct PageTokens(Key);

impl PageTokens {
    /// Reads the key from the store, or creates it there the first time.
    pub(super) fn open(store: &dyn Store) -> Result<Self, KeyError> {
        let note = store.note(KEY_NOTE)?;
        if let Some(bytes) = note.and_then(|note| <[u8; KEY_BYTES]>::try_from(note).ok()) {
            return Ok(Self(Key::new(bytes)));
        }
        let key = Key::random().map_err(|_| KeyError::Random)?;
        store.put_note(KEY_NOTE, Some(key.bytes()))?;
        Ok(Self(key))
    }

    /// Returns the codec of one request. `filter` is the request without its page fields.
    pub(super) fn codec(
        &self,
        method: &'static str,
        filter: &impl prost::Message,
    ) -> PageTokenCodec {
        PageTokenCodec {
            key: self.0.clone(),
            method,
            filter: filter.encode_to_vec(),
        }
    }
}

/// Encodes and decodes the page tokens of one request.
pub(super) struct PageTokenCodec {
    key: Key,
    method: &'static str,
    filter: Vec<u8>,
}

impl PageTokenCodec {
    /// Returns the token of the page after `last`.
    pub(super) fn encode(&self, last: &impl Serialize) -> String {
        let mut bytes = vec![VERSION];
        // Positions are plain values, which postcard can always write.
        bytes.extend(postcard::to_allocvec(last).unwrap_or_default());
        self.sign(bytes)
    }

    /// Returns the token of a body.
    pub(super) fn sign(&self, mut body: Vec<u8>) -> String {
        let signature = self.key.hash(&self.signed_parts(&body));
        body.extend(signature);
        URL_SAFE_NO_PAD.encode(body)
    }

    /// Returns the position of the last entry, or none for the first page.
    pub(super) fn decode<T: DeserializeOwned>(&self, token: &str) -> Result<Option<T>, Status> {
        if token.is_empty() {
            return Ok(None);
        }
        self.verify(token).map(Some).ok_or_else(|| {
            status::invalid_argument(
                "page_token",
                Reason::Malformed,
                "is none that this service gave out for this request",
            )
        })
    }

    fn verify<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, signature) = bytes.split_at_checked(bytes.len().checked_sub(HASH_BYTES)?)?;
        if !self.key.verify(&self.signed_parts(body), signature) {
            return None;
        }
        postcard::from_bytes(body.strip_prefix(&[VERSION])?).ok()
    }

    fn signed_parts<'a>(&'a self, body: &'a [u8]) -> [&'a [u8]; 4] {
        [b"page", self.method.as_bytes(), &self.filter, body]
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::proto::v1::{ListCampaignsRequest, ListModelVersionsRequest};
    use crate::store::MemoryStore;

    fn filter(least: f64) -> ListCampaignsRequest {
        ListCampaignsRequest {
            min_confidence: Some(least),
            ..ListCampaignsRequest::default()
        }
    }

    fn field_at_fault(refused: &Status) -> String {
        let details = refused.get_details_bad_request().expect("details");
        details.field_violations[0].field.clone()
    }

    #[test]
    fn token_is_accepted_for_its_own_request_only() {
        let store = MemoryStore::new();
        let tokens = PageTokens::open(&store).expect("a key");
        let codec = tokens.codec("ListCampaigns", &filter(0.5));
        let token = codec.encode(&(0.25_f64, 7_u32));
        assert_eq!(
            codec.decode(&token).expect("own token"),
            Some((0.25_f64, 7_u32))
        );
        assert_eq!(codec.decode::<(f64, u32)>("").expect("own token"), None);
        // After a restart.
        let again = PageTokens::open(&store).expect("the same key");
        let codec = again.codec("ListCampaigns", &filter(0.5));
        assert_eq!(
            codec.decode(&token).expect("own token"),
            Some((0.25_f64, 7_u32))
        );

        let others = [
            again.codec("ListCampaigns", &filter(0.6)),
            again.codec("GetCampaign", &filter(0.5)),
            PageTokens::open(&MemoryStore::new())
                .expect("another key")
                .codec("ListCampaigns", &filter(0.5)),
            again.codec("ListCampaigns", &ListModelVersionsRequest::default()),
        ];
        for other in &others {
            let refused = other.decode::<(f64, u32)>(&token).expect_err("foreign");
            assert_eq!(field_at_fault(&refused), "page_token");
        }
    }

    #[test]
    fn changed_or_invented_token_is_refused() {
        let tokens = PageTokens::open(&MemoryStore::new()).expect("a key");
        let codec = tokens.codec("ListCampaigns", &filter(0.5));
        let token = codec.encode(&7_u64);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            // The last digit has bits that mean nothing.
            let read = codec.decode::<u64>(&changed);
            assert!(read.is_err() || changed[..at] == token[..at] && at + 1 == token.len());
        }
        for wrong in ["x", "p1-3", "é", "AAAA"] {
            let refused = codec.decode::<u64>(wrong).expect_err("made up");
            assert_eq!(field_at_fault(&refused), "page_token");
        }
        assert_eq!(size(0, 50).expect("the default"), 50);
        assert!(size(1001, 50).is_err());
    }
}
