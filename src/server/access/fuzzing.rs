//! What the fuzz target of bearer tokens needs: a verifier, and the key that its tokens are signed by.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use jsonwebtoken::{Validation, decode};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};

use super::config::SELLERS_MAX;
use super::keys::KeySet;
use super::token::TokenVerifier;
use super::{Role, TokenConfig, bearer};
use crate::config::Span;

const KEY_ID: &str = "fuzz";
/// Longer than a target runs: the key set is read once.
const NEVER: Span = Span::seconds(30 * 86_400);
/// 2100-01-01.
const EXPIRY: u64 = 4_102_444_800;

/// Verifies tokens, its own ones too.
pub(in crate::server) struct TokenBench {
    runtime: Runtime,
    verifier: TokenVerifier,
    key: Ed25519KeyPair,
}

impl TokenBench {
    pub(in crate::server) fn open() -> Option<Self> {
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).ok()?;
        let public = URL_SAFE_NO_PAD.encode(key.public_key());
        let set = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": KEY_ID, "x": public}]});
        let mut file = tempfile::NamedTempFile::new().ok()?;
        file.write_all(set.to_string().as_bytes()).ok()?;
        let config = TokenConfig {
            issuer: "issuer".to_owned(),
            audience: "audience".to_owned(),
            keys_file: Some(file.path().to_owned()),
            refresh_every: NEVER,
            refresh_floor: NEVER,
            ..TokenConfig::default()
        };
        let runtime = Builder::new_current_thread().enable_all().build().ok()?;
        let verifier = runtime.block_on(TokenVerifier::open(&config)).ok()?;
        Some(Self {
            runtime,
            verifier,
            key,
        })
    }

    pub(in crate::server) fn verify(&self, bytes: &[u8]) {
        let Some((choice, content)) = bytes.split_first() else {
            return;
        };
        match choice % 5 {
            0 => self.header(content),
            1 => self.token(&self.signed(content, claims(Map::new()).to_string().as_bytes())),
            2 => self.token(&self.signed(header().as_bytes(), content)),
            3 => {
                if let Ok(own) = serde_json::from_slice(content) {
                    let claims = claims(own).to_string();
                    self.token(&self.signed(header().as_bytes(), claims.as_bytes()));
                }
            }
            _ => key_set(content),
        }
    }

    /// Reads a header as it comes over the network.
    fn header(&self, content: &[u8]) {
        let Ok(value) = HeaderValue::from_bytes(content) else {
            return;
        };
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        if let Ok(Some(token)) = bearer(&headers) {
            self.token(token);
        }
    }

    fn token(&self, token: &str) {
        self.runtime.block_on(async {
            let _ = self.verifier.cached(token).await;
            if let Ok(caller) = self.verifier.verify(token).await {
                let sellers = caller.sellers.len();
                assert!(sellers <= SELLERS_MAX);
                assert_eq!(caller.role() == Role::Seller, sellers > 0);
                assert!(caller.name().starts_with("token:"));
                if let Some(cached) = self.verifier.cached(token).await {
                    assert_eq!(cached.name(), caller.name());
                }
            }
        });
    }

    fn signed(&self, header: &[u8], claims: &[u8]) -> String {
        let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let message = parts.join(".");
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }
}

fn header() -> String {
    json!({"alg": "EdDSA", "kid": KEY_ID}).to_string()
}

/// Adds what a valid token needs and these claims do not have.
fn claims(mut own: Map<String, Value>) -> Value {
    let needed = [
        ("iss", json!("issuer")),
        ("aud", json!("audience")),
        ("exp", json!(EXPIRY)),
        ("sub", json!("caller")),
        ("role", json!("seller")),
    ];
    for (name, value) in needed {
        own.entry(name).or_insert(value);
    }
    Value::Object(own)
}

/// Reads a key set, and has its only key verify a signature.
fn key_set(content: &[u8]) {
    let Ok(set) = KeySet::parse(content) else {
        return;
    };
    if let Some(key) = set.find(None) {
        let header = json!({"alg": format!("{:?}", key.algorithm)}).to_string();
        let header = URL_SAFE_NO_PAD.encode(header);
        let token = format!("{header}.e30.{}", URL_SAFE_NO_PAD.encode([7; 64]));
        let rules = Validation::new(key.algorithm);
        assert!(decode::<Value>(&token, &key.decoding, &rules).is_err());
    }
}
