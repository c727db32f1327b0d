//! Verifies bearer tokens and reads their caller.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::config::SELLERS_MAX;
use super::keys::{KeyLookup, Keys};
use super::token_cache::{TokenCache, VerifiedToken};
use super::{AccessError, Caller, Role, SetupError, TokenConfig, crypto};
use crate::server::intake::now;

/// Bytes of the longest name of a caller.
const SUBJECT_BYTES_MAX: usize = 256;
/// Bytes of the longest seller id, as in events.
const SELLER_BYTES_MAX: usize = 128;

/// Verifies the signature, `iss`, `aud`, `exp` and `nbf` of tokens, then reads role and sellers.
pub(super) struct TokenVerifier {
    keys: Arc<Keys>,
    bytes_max: usize,
    leeway_seconds: u64,
    issuer: String,
    audience: String,
    role_claim: String,
    sellers_claim: String,
    cache: TokenCache,
}

impl TokenVerifier {
    pub(super) async fn open(config: &TokenConfig) -> Result<Self, SetupError> {
        crypto::install();
        Ok(Self {
            keys: Keys::open(config).await?,
            bytes_max: usize::try_from(config.token_max.as_u64()).unwrap_or(usize::MAX),
            leeway_seconds: config.leeway.0.as_secs(),
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            role_claim: config.role_claim.clone(),
            sellers_claim: config.sellers_claim.clone(),
            cache: TokenCache::default(),
        })
    }

    pub(super) fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys)
    }

    /// Returns the caller of a cached token that is still valid.
    pub(super) async fn cached(&self, token: &str) -> Option<Caller> {
        let verified = self.cache.get(token)?;
        let KeyLookup::Key(key) = self.keys.find(verified.key_id.as_deref()).await else {
            return None;
        };
        verified.caller_if_valid(&key, now().seconds().into())
    }

    /// When a cached token expires, leeway included, in seconds since 1970.
    pub(super) fn expiry(&self, token: &str) -> Option<u64> {
        self.cache.get(token).map(|verified| verified.expires_at)
    }

    /// Verifies a token and caches it.
    pub(super) async fn verify(&self, token: &str) -> Result<Caller, AccessError> {
        if token.len() > self.bytes_max {
            return Err(AccessError::Token("is too long"));
        }
        let verified = self.verify_uncached(token).await?;
        let caller = verified.caller.clone();
        self.cache.put(token, verified);
        Ok(caller)
    }

    async fn verify_uncached(&self, token: &str) -> Result<VerifiedToken, AccessError> {
        let verified_at = u64::from(now().seconds());
        // The library has no algorithm `none`, so it cannot read a header that names it.
        let header = decode_header(token).map_err(|_| AccessError::Token("is malformed"))?;
        if is_critical(&header) {
            return Err(AccessError::Token("has critical extensions"));
        }
        let key = match self.keys.find(header.kid.as_deref()).await {
            KeyLookup::Key(key) => key,
            KeyLookup::Unknown => return Err(AccessError::Token("is signed by an unknown key")),
            KeyLookup::Unavailable => return Err(AccessError::NoKeys),
        };
        // The key decides on the algorithm, so a token cannot have a public key used as a secret.
        let mut rules = Validation::new(key.algorithm);
        rules.leeway = self.leeway_seconds;
        rules.validate_nbf = true;
        rules.required_spec_claims = HashSet::from(["exp", "iss", "aud", "sub"].map(str::to_owned));
        rules.iss = Some(HashSet::from([self.issuer.clone()]));
        rules.aud = Some(HashSet::from([self.audience.clone()]));
        let decoded = decode::<Map<String, Value>>(token, &key.decoding, &rules)
            .map_err(|error| AccessError::Token(reason(error.kind())))?;
        // The library has required `exp`. Fractions of a second are cut off.
        let expiry = decoded.claims.get("exp").and_then(Value::as_f64);
        let expiry_seconds = expiry.map_or(0, |seconds| seconds as u64);
        let expires_at = expiry_seconds.saturating_add(self.leeway_seconds);
        // The library accepts a token in the second of `exp`, RFC 7519, 4.1.4 does not.
        if verified_at >= expires_at {
            return Err(AccessError::Token("has expired"));
        }
        Ok(VerifiedToken {
            caller: self.caller(&decoded.claims)?,
            key,
            key_id: header.kid,
            verified_at,
            expires_at,
        })
    }

    fn caller(&self, claims: &Map<String, Value>) -> Result<Caller, AccessError> {
        let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
        let name = text("sub")
            .filter(|name| (1..=SUBJECT_BYTES_MAX).contains(&name.len()))
            .ok_or(AccessError::Token("has no usable sub"))?;
        let role = text(&self.role_claim)
            .and_then(Role::from_name)
            .ok_or(AccessError::Token("has no known role"))?;
        let sellers = match role {
            Role::Platform | Role::Operator => BTreeSet::new(),
            Role::Seller => claims
                .get(&self.sellers_claim)
                .and_then(sellers)
                .ok_or(AccessError::Token("has no usable seller ids"))?,
        };
        Ok(Caller::new(format!("token:{name}"), role, sellers))
    }
}

/// Reads one id or a list of ids.
fn sellers(claim: &Value) -> Option<BTreeSet<String>> {
    let ids = match claim {
        Value::String(id) => vec![id.clone()],
        Value::Array(ids) if ids.len() <= SELLERS_MAX => ids
            .iter()
            .map(|id| id.as_str().map(str::to_owned))
            .collect::<Option<_>>()?,
        _ => return None,
    };
    let usable = ids
        .iter()
        .all(|id| (1..=SELLER_BYTES_MAX).contains(&id.len()));
    (usable && !ids.is_empty()).then(|| ids.into_iter().collect())
}

/// Whether a reader must understand extensions (RFC 7515, 4.1.11); this one understands none.
fn is_critical(header: &Header) -> bool {
    header.crit.is_some()
}

/// Describes an error without revealing anything of the token.
fn reason(kind: &jsonwebtoken::errors::ErrorKind) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match kind {
        ErrorKind::ExpiredSignature => "has expired",
        ErrorKind::ImmatureSignature => "is not valid yet",
        ErrorKind::InvalidIssuer => "is of another issuer",
        ErrorKind::InvalidAudience => "is for another audience",
        ErrorKind::InvalidAlgorithm => "names an algorithm that its key is not for",
        ErrorKind::InvalidSignature => "has a wrong signature",
        ErrorKind::MissingRequiredClaim(_) => "lacks one of exp, iss, aud, sub",
        _ => "is malformed",
    }
}
