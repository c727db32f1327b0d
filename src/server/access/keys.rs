//! Reads, renews and finds the keys that verify tokens.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::fetch::Fetcher;
use super::{SetupError, TokenConfig};
use crate::server::transport::tls;

/// Most keys of a set; a larger set is refused.
const KEYS_MAX: usize = 100;
/// Bytes of the largest set.
const SET_BYTES_MAX: usize = 256 * 1024;
/// Time between checks of a file.
const FILE_CHECK_EVERY: Duration = Duration::from_secs(5);

/// A key with the one algorithm that its type allows, so that a token cannot choose.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// The usable keys of a set by key id.
#[derive(Debug, Default)]
pub(super) struct KeySet(HashMap<String, Arc<Key>>);

impl KeySet {
    /// Parses a set (RFC 7517). Leaves out keys for other purposes. Refuses a set in which two keys
    /// share an id, because it is ambiguous.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let set: Value =
            serde_json::from_slice(bytes).map_err(|error| format!("is no JSON: {error}"))?;
        let keys = set
            .get("keys")
            .and_then(Value::as_array)
            .ok_or("has no list named keys")?;
        if keys.len() > KEYS_MAX {
            return Err(format!(
                "has {} keys; at most {KEYS_MAX} are allowed",
                keys.len()
            ));
        }
        let mut usable = HashMap::new();
        for key in keys {
            let id = key.get("kid").and_then(Value::as_str).unwrap_or_default();
            match parse_key(key) {
                Ok(key) => {
                    if usable.insert(id.to_owned(), Arc::new(key)).is_some() {
                        return Err(format!("has two keys with the id {id:?}"));
                    }
                }
                Err(reason) => tracing::debug!(id, reason, "a key is left out"),
            }
        }
        if usable.is_empty() {
            return Err("has no key for EdDSA, ES256 or RS256".to_owned());
        }
        Ok(Self(usable))
    }

    /// Finds a key by its id. A token without an id is accepted if the set has one key.
    pub(super) fn find(&self, id: Option<&str>) -> Option<Arc<Key>> {
        match id {
            Some(id) => self.0.get(id).cloned(),
            #[allow(clippy::disallowed_methods, reason = "there is only one")]
            None if self.0.len() == 1 => self.0.values().next().cloned(),
            None => None,
        }
    }
}

fn parse_key(value: &Value) -> Result<Key, String> {
    let key: Jwk = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    let algorithm = match &key.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        // With a shared secret everybody who can read the set could issue tokens.
        _ => return Err("its type is not taken".to_owned()),
    };
    if let Some(purpose) = &key.common.public_key_use
        && *purpose != PublicKeyUse::Signature
    {
        return Err("it is not for signatures".to_owned());
    }
    if let Some(named) = key.common.key_algorithm
        && named.to_string() != format!("{algorithm:?}")
    {
        return Err(format!("it is for {named}"));
    }
    let decoding = DecodingKey::from_jwk(&key).map_err(|error| error.to_string())?;
    Ok(Key {
        algorithm,
        decoding,
    })
}

/// The source of the key set.
enum Source {
    File(PathBuf),
    Url(Box<Fetcher>),
}

impl Source {
    async fn read(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::File(path) => {
                let path = path.clone();
                let bytes = tokio::task::spawn_blocking(move || tls::read(&path))
                    .await
                    .map_err(|error| error.to_string())?
                    .map_err(|error| error.to_string())?;
                if bytes.len() > SET_BYTES_MAX {
                    return Err(format!("has {} bytes; too many for keys", bytes.len()));
                }
                Ok(bytes)
            }
            Self::Url(fetcher) => fetcher.get(SET_BYTES_MAX).await,
        }
    }
}

/// The newest set that could be read. If the source fails, the previous set stays in use.
pub(super) struct Keys {
    source: Source,
    refresh_every: Duration,
    refresh_floor: Duration,
    current: ArcSwapOption<KeySet>,
    /// Locked while fetching, so that callers that wait for a new key cause one fetch.
    last_fetch: Mutex<LastFetch>,
}

/// When the source was last read, and its bytes then.
#[derive(Default)]
struct LastFetch {
    started_at: Option<Instant>,
    bytes: Vec<u8>,
}

impl Keys {
    /// Opens the source. A file must be readable at the start. A URL may answer later; until then
    /// every token is refused as unavailable.
    pub(super) async fn open(config: &TokenConfig) -> Result<Arc<Self>, SetupError> {
        let source = match (&config.keys_file, &config.keys_url) {
            (Some(path), None) => Source::File(path.clone()),
            (None, Some(url)) => {
                let fetcher =
                    Fetcher::open(url, config.keys_ca.as_deref()).map_err(SetupError::Keys)?;
                Source::Url(Box::new(fetcher))
            }
            _ => {
                let reason = "one of keys_file and keys_url is needed";
                return Err(SetupError::Keys(reason.to_owned()));
            }
        };
        let is_file = matches!(source, Source::File(_));
        let keys = Arc::new(Self {
            source,
            refresh_every: if is_file {
                FILE_CHECK_EVERY
            } else {
                config.refresh_every.0
            },
            refresh_floor: config.refresh_floor.0,
            current: ArcSwapOption::empty(),
            last_fetch: Mutex::default(),
        });
        let mut last = keys.last_fetch.lock().await;
        match keys.fetch(&mut last).await {
            Err(reason) if is_file => return Err(SetupError::Keys(reason)),
            Err(reason) => {
                tracing::error!(reason, "no key set yet: tokens are refused until there is");
            }
            Ok(()) => {}
        }
        drop(last);
        Ok(keys)
    }

    /// Finds a key by its id. An unknown id causes a fetch, but not more often than the floor allows.
    pub(super) async fn find(&self, id: Option<&str>) -> KeyLookup {
        let now = Instant::now();
        if let Some(key) = self.known(id) {
            return KeyLookup::Key(key);
        }
        let mut last = self.last_fetch.lock().await;
        let is_due = last
            .started_at
            .is_none_or(|started| started < now && started.elapsed() >= self.refresh_floor);
        if is_due {
            self.renew(&mut last).await;
        }
        drop(last);
        match self.known(id) {
            Some(key) => KeyLookup::Key(key),
            None if self.current.load().is_none() => KeyLookup::Unavailable,
            None => KeyLookup::Unknown,
        }
    }

    fn known(&self, id: Option<&str>) -> Option<Arc<Key>> {
        self.current.load().as_ref().and_then(|set| set.find(id))
    }

    /// Renews the set periodically, until it is dropped.
    pub(super) async fn keep_fresh(self: Arc<Self>) {
        loop {
            tokio::time::sleep(self.refresh_every).await;
            self.renew(&mut *self.last_fetch.lock().await).await;
        }
    }

    async fn renew(&self, last: &mut LastFetch) {
        if let Err(reason) = self.fetch(last).await {
            tracing::error!(
                reason,
                "the key set cannot be renewed; the one before stays"
            );
        }
    }

    async fn fetch(&self, last: &mut LastFetch) -> Result<(), String> {
        // Set before waiting: a caller that cancels meanwhile must not allow the next fetch early.
        last.started_at = Some(Instant::now());
        let bytes = self.source.read().await?;
        if bytes == last.bytes {
            return Ok(());
        }
        let parsed = KeySet::parse(&bytes);
        last.bytes = bytes;
        let set = parsed.map_err(|reason| format!("the key set {reason}"))?;
        tracing::info!(keys = set.0.len(), "key set read");
        self.current.store(Some(Arc::new(set)));
        Ok(())
    }
}

/// The outcome of looking for a key.
pub(super) enum KeyLookup {
    Key(Arc<Key>),
    /// No key of the set has this id.
    Unknown,
    /// There is no set yet.
    Unavailable,
}
