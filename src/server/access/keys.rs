//! The keys that tokens may be signed with, and their renewal.

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

use super::fetch::Address;
use super::{SetupError, TokenConfig};
use crate::server::transport::tls;

/// Keys of a set; further ones are an error of the set.
const KEYS_MAX: usize = 100;
/// Bytes of a set.
const SET_BYTES_MAX: usize = 256 * 1024;
/// How often a file is looked at.
const FILE_EVERY: Duration = Duration::from_secs(5);

/// A key, with the one algorithm that its type allows: a token does not choose.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// Usable keys of a set, by their ids.
#[derive(Debug, Default)]
pub(super) struct KeySet(HashMap<String, Arc<Key>>);

impl KeySet {
    /// Reads a set (RFC 7517). Keys for other purposes are left out; those that two keys share an id
    /// with make the set ambiguous, and are refused with it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let set: Value =
            serde_json::from_slice(bytes).map_err(|error| format!("is no JSON: {error}"))?;
        let keys = set.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or("has no list named keys")?;
        if keys.len() > KEYS_MAX {
            return Err(format!(
                "has {} keys; at most {KEYS_MAX} are allowed",
                keys.len()
            ));
        }
        let mut usable = HashMap::new();
        for key in keys {
            let id = key.get("kid").and_then(Value::as_str).unwrap_or_default();
            match read(key) {
                Ok(key) => {
                    if usable.insert(id.to_owned(), Arc::new(key)).is_some() {
                        return Err(format!("has two keys with the id {id:?}"));
                    }
                }
                Err(said) => tracing::debug!(id, said, "a key is left out"),
            }
        }
        if usable.is_empty() {
            return Err("has no key for EdDSA, ES256 or RS256".to_owned());
        }
        Ok(Self(usable))
    }

    /// The key of an id. A token without an id is taken where there is no choice.
    pub(super) fn find(&self, id: Option<&str>) -> Option<Arc<Key>> {
        match id {
            Some(id) => self.0.get(id).cloned(),
            None if self.0.len() == 1 => self.0.values().next().cloned(),
            None => None,
        }
    }
}

fn read(key: &Value) -> Result<Key, String> {
    let key: Jwk = serde_json::from_value(key.clone()).map_err(|error| error.to_string())?;
    let algorithm = match &key.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        // A shared secret would let every reader of the set make tokens.
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

/// Where the set comes from.
enum Source {
    File(PathBuf),
    Url(Box<Address>),
}

impl Source {
    async fn read(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || tls::read(&path)).await;
                let bytes = read
                    .map_err(|error| error.to_string())?
                    .map_err(|error| error.to_string())?;
                if bytes.len() > SET_BYTES_MAX {
                    return Err(format!("has {} bytes; too many for keys", bytes.len()));
                }
                Ok(bytes)
            }
            Self::Url(address) => address.get(SET_BYTES_MAX).await,
        }
    }
}

/// The newest set that could be read. A fault at its source leaves the one before in use.
pub(super) struct Keys {
    source: Source,
    every: Duration,
    floor: Duration,
    current: ArcSwapOption<KeySet>,
    /// Held while asking, so that callers who wait for a new key cause one fetch.
    asked: Mutex<Asked>,
}

/// When the source was last asked, and what it said last.
#[derive(Default)]
struct Asked {
    at: Option<Instant>,
    bytes: Vec<u8>,
}

impl Keys {
    /// A file must be readable at the start. An address may answer later: until then every token
    /// is refused as unavailable.
    pub(super) async fn open(config: &TokenConfig) -> Result<Arc<Self>, SetupError> {
        let fault = |said| SetupError::Keys(said);
        let source = match (&config.keys_file, &config.keys_url) {
            (Some(path), None) => Source::File(path.clone()),
            (None, Some(url)) => {
                let address = Address::open(url, config.keys_ca.as_deref()).map_err(fault)?;
                Source::Url(Box::new(address))
            }
            _ => return Err(fault("one of keys_file and keys_url is needed".to_owned())),
        };
        let is_file = matches!(source, Source::File(_));
        let keys = Arc::new(Self {
            source,
            every: if is_file {
                FILE_EVERY
            } else {
                config.refresh_every.0
            },
            floor: config.refresh_floor.0,
            current: ArcSwapOption::empty(),
            asked: Mutex::default(),
        });
        let mut asked = keys.asked.lock().await;
        match keys.fetch(&mut asked).await {
            Err(said) if is_file => return Err(fault(said)),
            Err(said) => tracing::error!(said, "no key set yet: tokens are refused until there is"),
            Ok(()) => {}
        }
        drop(asked);
        Ok(keys)
    }

    /// The key of an id; asks the source again for an id that is not known, at most once in a while.
    pub(super) async fn find(&self, id: Option<&str>) -> Found {
        let now = Instant::now();
        if let Some(key) = self.known(id) {
            return Found::Key(key);
        }
        let mut asked = self.asked.lock().await;
        let due = asked
            .at
            .is_none_or(|last| last < now && last.elapsed() >= self.floor);
        if due && let Err(said) = self.fetch(&mut asked).await {
            tracing::error!(said, "the key set cannot be renewed; the one before stays");
        }
        drop(asked);
        match self.known(id) {
            Some(key) => Found::Key(key),
            None if self.current.load().is_none() => Found::Unavailable,
            None => Found::Unknown,
        }
    }

    fn known(&self, id: Option<&str>) -> Option<Arc<Key>> {
        self.current.load().as_ref().and_then(|set| set.find(id))
    }

    /// Renews the set for as long as the service runs.
    pub(super) async fn keep_fresh(self: Arc<Self>) {
        loop {
            tokio::time::sleep(self.every).await;
            let mut asked = self.asked.lock().await;
            if let Err(said) = self.fetch(&mut asked).await {
                tracing::error!(said, "the key set cannot be renewed; the one before stays");
            }
        }
    }

    async fn fetch(&self, asked: &mut Asked) -> Result<(), String> {
        // Before waiting: a caller who goes away meanwhile must not open the way to the next fetch.
        asked.at = Some(Instant::now());
        let bytes = self.source.read().await?;
        if bytes == asked.bytes {
            return Ok(());
        }
        let parsed = KeySet::parse(&bytes);
        asked.bytes = bytes;
        let set = parsed.map_err(|said| format!("the key set {said}"))?;
        tracing::info!(keys = set.0.len(), "key set read");
        self.current.store(Some(Arc::new(set)));
        Ok(())
    }
}

/// What became of looking for a key.
pub(super) enum Found {
    Key(Arc<Key>),
    /// No key has this id.
    Unknown,
    /// There is no set yet.
    Unavailable,
}
