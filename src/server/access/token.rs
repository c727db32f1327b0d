//! From a bearer token to a caller.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::config::SELLERS_MAX;
use super::keys::{Found, Keys};
use super::verified::{Remembered, Verified, now};
use super::{AccessError, Caller, Role, SetupError, TokenConfig, crypto};

/// Longest name of a caller.
const SUBJECT_BYTES_MAX: usize = 256;
/// Longest seller id, as everywhere.
const SELLER_BYTES_MAX: usize = 128;

/// Checks tokens: signature, `iss`, `aud`, `exp`, `nbf`; then reads who it is.
pub(super) struct Tokens {
    keys: Arc<Keys>,
    bytes_max: usize,
    leeway_seconds: u64,
    issuer: String,
    audience: String,
    role_claim: String,
    sellers_claim: String,
    remembered: Remembered,
}

impl Tokens {
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
            remembered: Remembered::default(),
        })
    }

    pub(super) fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys)
    }

    /// The caller of a token that was found good before, and is so still.
    pub(super) async fn known(&self, token: &str) -> Option<Caller> {
        let verified = self.remembered.get(token)?;
        let Found::Key(key) = self.keys.find(verified.key_id.as_deref()).await else {
            return None;
        };
        verified.caller(&key, now())
    }

    /// Checks a token, and remembers it if it is good.
    pub(super) async fn read(&self, token: &str) -> Result<Caller, AccessError> {
        if token.len() > self.bytes_max {
            return Err(AccessError::Token("is too long"));
        }
        let verified = self.verify(token).await?;
        let caller = verified.caller.clone();
        self.remembered.put(token, verified);
        Ok(caller)
    }

    async fn verify(&self, token: &str) -> Result<Verified, AccessError> {
        let checked = now();
        // Knows no `none`: such a header cannot be read.
        let header = decode_header(token).map_err(|_| AccessError::Token("is malformed"))?;
        if is_critical(&header) {
            return Err(AccessError::Token("has critical extensions"));
        }
        let key = match self.keys.find(header.kid.as_deref()).await {
            Found::Key(key) => key,
            Found::Unknown => return Err(AccessError::Token("is signed by an unknown key")),
            Found::Unavailable => return Err(AccessError::NoKeys),
        };
        // The key's type decides, so that a token cannot have a public key taken for a secret.
        let mut rules = Validation::new(key.algorithm);
        rules.leeway = self.leeway_seconds;
        rules.validate_nbf = true;
        rules.required_spec_claims = HashSet::from(["exp", "iss", "aud", "sub"].map(str::to_owned));
        rules.iss = Some(HashSet::from([self.issuer.clone()]));
        rules.aud = Some(HashSet::from([self.audience.clone()]));
        let read = decode::<Map<String, Value>>(token, &key.decoding, &rules);
        let read = read.map_err(|error| AccessError::Token(reason(error.kind())))?;
        // The check has seen that it is there; a fraction of a second ends with its second.
        let expires = read.claims.get("exp").and_then(Value::as_f64);
        let expires = expires.map_or(0, |seconds| seconds as u64);
        let ends = expires.saturating_add(self.leeway_seconds);
        // The check lets the second of `exp` itself pass, on which a token has ended (RFC 7519, 4.1.4).
        if checked >= ends {
            return Err(AccessError::Token("has expired"));
        }
        Ok(Verified {
            caller: self.caller(&read.claims)?,
            key,
            key_id: header.kid,
            checked,
            ends,
        })
    }

    fn caller(&self, claims: &Map<String, Value>) -> Result<Caller, AccessError> {
        let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
        let name = text("sub").filter(|name| (1..=SUBJECT_BYTES_MAX).contains(&name.len()));
        let name = name.ok_or(AccessError::Token("has no usable sub"))?;
        let role = text(&self.role_claim).and_then(Role::named);
        let role = role.ok_or(AccessError::Token("has no known role"))?;
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

/// An id, or a list of them.
fn sellers(claim: &Value) -> Option<BTreeSet<String>> {
    let ids = match claim {
        Value::String(id) => vec![id.clone()],
        Value::Array(ids) if ids.len() <= SELLERS_MAX => {
            let ids = ids.iter().map(|id| id.as_str().map(str::to_owned));
            ids.collect::<Option<_>>()?
        }
        _ => return None,
    };
    let usable = ids
        .iter()
        .all(|id| (1..=SELLER_BYTES_MAX).contains(&id.len()));
    (usable && !ids.is_empty()).then(|| ids.into_iter().collect())
}

/// Extensions that a reader must understand (RFC 7515, 4.1.11); this one understands none.
fn is_critical(header: &Header) -> bool {
    header.crit.is_some()
}

/// Why, without anything of the token.
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
