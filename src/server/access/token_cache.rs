//! Caches verified tokens. Portals send the same token with every call, and verifying a signature
//! costs as much as an answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Caller;
use super::keys::Key;

/// Cached tokens; a full cache is cleared. With tokens of the greatest length this is 8 MiB.
const TOKENS_MAX: usize = 1024;

/// A token whose signature and claims were verified.
#[derive(Clone)]
pub(super) struct VerifiedToken {
    pub(super) caller: Caller,
    /// The key that verified it, and the key id in its header.
    pub(super) key: Arc<Key>,
    pub(super) key_id: Option<String>,
    /// Seconds since 1970 at which it was verified.
    pub(super) verified_at: u64,
    /// Seconds since 1970 from which on it has expired, leeway included.
    pub(super) expires_at: u64,
}

impl VerifiedToken {
    /// Returns the caller if the token has not expired and `key` is still its key. A time before the
    /// verification means that the clock was set back, so the token is verified again.
    pub(super) fn caller_if_valid(self, key: &Arc<Key>, now: u64) -> Option<Caller> {
        let is_in_time = (self.verified_at..self.expires_at).contains(&now);
        (Arc::ptr_eq(&self.key, key) && is_in_time).then_some(self.caller)
    }
}

/// Verified tokens by their text.
#[derive(Default)]
pub(super) struct TokenCache(Mutex<HashMap<Box<str>, VerifiedToken>>);

impl TokenCache {
    /// Returns a token that was verified before. It may have expired since.
    pub(super) fn get(&self, token: &str) -> Option<VerifiedToken> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(token).cloned()
    }

    pub(super) fn put(&self, token: &str, verified: VerifiedToken) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= TOKENS_MAX {
            tokens.clear();
        }
        tokens.insert(token.into(), verified);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jsonwebtoken::{Algorithm, DecodingKey};

    use super::*;
    use crate::server::access::Role;

    fn key() -> Arc<Key> {
        Arc::new(Key {
            algorithm: Algorithm::EdDSA,
            decoding: DecodingKey::from_ed_der(&[7; 32]),
        })
    }

    fn verified(key: &Arc<Key>) -> VerifiedToken {
        VerifiedToken {
            caller: Caller::new("token:a".to_owned(), Role::Operator, BTreeSet::new()),
            key: Arc::clone(key),
            key_id: None,
            verified_at: 100,
            expires_at: 200,
        }
    }

    #[test]
    fn cached_token_is_valid_until_expiry_and_while_its_key_is_in_use() {
        let own = key();
        for (now, good) in [(99, false), (100, true), (199, true), (200, false)] {
            let caller = verified(&own).caller_if_valid(&own, now);
            assert_eq!(caller.is_some(), good, "{now}");
        }
        // The same bytes read again are another key, as after a fetch of the key set.
        assert!(verified(&own).caller_if_valid(&key(), 150).is_none());
    }

    #[test]
    fn token_cache_is_bounded() {
        let (cache, own) = (TokenCache::default(), key());
        for number in 0..=TOKENS_MAX {
            cache.put(&number.to_string(), verified(&own));
        }
        assert!(cache.get(&TOKENS_MAX.to_string()).is_some());
        assert!(cache.get("0").is_none());
        let count = cache.0.lock().expect("a lock").len();
        assert!(count <= TOKENS_MAX, "{count}");
    }
}
