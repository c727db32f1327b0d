//! Tokens whose signature was checked before: portals send the same one with every call, and a
//! signature costs as much as an answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::Caller;
use super::keys::Key;

/// Tokens that are remembered; beyond, all are forgotten. With the longest ones this is 8 MiB.
const TOKENS_MAX: usize = 1024;

/// A token that was found good.
#[derive(Clone)]
pub(super) struct Verified {
    pub(super) caller: Caller,
    /// The key that it is signed with, and the name that it gives the key.
    pub(super) key: Arc<Key>,
    pub(super) key_id: Option<String>,
    /// Seconds since 1970 when it was checked, and from when on it is no longer good, leeway
    /// counted in.
    pub(super) checked: u64,
    pub(super) ends: u64,
}

impl Verified {
    /// The caller, if the token is good still, its key being this one now. A clock that was set back
    /// proves nothing.
    pub(super) fn caller(self, key: &Arc<Key>, now: u64) -> Option<Caller> {
        let holds = Arc::ptr_eq(&self.key, key) && (self.checked..self.ends).contains(&now);
        holds.then_some(self.caller)
    }
}

/// What is remembered, by the whole token.
#[derive(Default)]
pub(super) struct Remembered(Mutex<HashMap<Box<str>, Verified>>);

impl Remembered {
    /// What was found of a token; whether it still holds is another question.
    pub(super) fn get(&self, token: &str) -> Option<Verified> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(token).cloned()
    }

    pub(super) fn put(&self, token: &str, verified: Verified) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= TOKENS_MAX {
            held.clear();
        }
        held.insert(token.into(), verified);
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
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

    fn verified(key: &Arc<Key>) -> Verified {
        Verified {
            caller: Caller::new("token:a".to_owned(), Role::Operator, BTreeSet::new()),
            key: Arc::clone(key),
            key_id: None,
            checked: 100,
            ends: 200,
        }
    }

    #[test]
    fn a_token_holds_for_its_time_and_while_its_key_is_in_use() {
        let own = key();
        for (now, good) in [(99, false), (100, true), (199, true), (200, false)] {
            let caller = verified(&own).caller(&own, now);
            assert_eq!(caller.is_some(), good, "{now}");
        }
        // The same bytes read again are another key: the set was fetched since.
        assert!(verified(&own).caller(&key(), 150).is_none());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (remembered, own) = (Remembered::default(), key());
        for number in 0..=TOKENS_MAX {
            remembered.put(&number.to_string(), verified(&own));
        }
        assert!(remembered.get(&TOKENS_MAX.to_string()).is_some());
        assert!(remembered.get("0").is_none());
        let held = remembered.0.lock().expect("a lock").len();
        assert!(held <= TOKENS_MAX, "{held}");
    }
}
