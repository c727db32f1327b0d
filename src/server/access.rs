//! Authentication and authorization: the one gate in front of every handler.
//!
//! A request passes when the rule of its path ([`rules`]) allows its caller's role. A bearer token
//! or a client certificate identifies the caller. The [`Scope`] of a request limits a seller to
//! its own subjects.

mod certificate;
mod config;
pub(in crate::server) mod costs;
mod credential;
mod crypto;
mod fetch;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;
mod gate;
mod keys;
pub mod rules;
mod scope;
mod token;
mod token_cache;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};

pub(super) use certificate::Certificates;
pub use config::{AuthConfig, ClientConfig, TokenConfig};
pub(super) use costs::Tab;
pub(super) use credential::{Credential, Shown};
pub(super) use gate::GateLayer;
pub(super) use scope::Scope;

use self::credential::Proof;
use self::rules::Rule;
use self::scope::SellerScope;
use self::token::TokenVerifier;
use crate::server::admission::AccountKey;
use crate::server::transport::connection::Peer;
use crate::server::transport::rate::{Limiter, RateConfig};

/// The role of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A backend of the platform: sends events, screens, reads everything.
    Platform,
    /// A seller, or a portal on its behalf: reads about its own subjects.
    Seller,
    /// Runs the service: reads everything, sends nothing.
    Operator,
}

impl Role {
    fn from_name(word: &str) -> Option<Self> {
        match word {
            "platform" => Some(Self::Platform),
            "seller" => Some(Self::Seller),
            "operator" => Some(Self::Operator),
            _ => None,
        }
    }
}

/// An authenticated caller.
#[derive(Clone, Debug)]
pub struct Caller {
    name: Arc<str>,
    role: Role,
    sellers: Arc<BTreeSet<String>>,
}

impl Caller {
    fn new(name: String, role: Role, sellers: BTreeSet<String>) -> Self {
        Self {
            name: name.into(),
            role,
            sellers: Arc::new(sellers),
        }
    }

    /// Returns how it was authenticated and its name, such as `token:portal`, for logs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its role.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Selects the account that its calls are counted in.
    pub(in crate::server) fn account(&self) -> AccountKey {
        AccountKey::Caller(self.role, Arc::clone(&self.name))
    }
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum AccessError {
    /// No token and no certificate.
    #[error("a bearer token or a client certificate is needed")]
    Unknown,
    /// More than one header, or none that holds a bearer token.
    #[error("the authorization header is not one bearer token")]
    Header,
    /// The token is refused. The text reveals nothing of it.
    #[error("the token {0}")]
    Token(&'static str),
    /// There is no key set yet.
    #[error("tokens cannot be checked yet: the key set has not been fetched")]
    NoKeys,
    /// The role may not call this method.
    #[error("this caller may not call this")]
    Role,
    /// The handler answered a seller without checking the scope.
    #[error("this call is not open to sellers")]
    Unscoped,
    /// The caller is over its rate; the time to wait.
    #[error("too many calls; wait a little")]
    TooMany(Duration),
}

/// Why authentication cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The key set cannot be used.
    #[error("auth.tokens: {0}")]
    Keys(String),
}

/// Authenticates and authorizes requests.
pub(super) struct Guard {
    tokens: Option<TokenVerifier>,
    limiter: Limiter,
    /// Longest time between two checks of a stream's credential.
    recheck_every: Duration,
}

impl Guard {
    /// Returns none where authentication is off.
    pub(super) async fn open(
        auth: &AuthConfig,
        rate: &RateConfig,
    ) -> Result<Option<Arc<Self>>, SetupError> {
        if !auth.is_on() {
            return Ok(None);
        }
        let tokens = match &auth.tokens {
            Some(config) => Some(TokenVerifier::open(config).await?),
            None => None,
        };
        let limiter = Limiter::new(rate);
        Ok(Some(Arc::new(Self {
            tokens,
            limiter,
            recheck_every: auth.recheck_every.0,
        })))
    }

    /// Renews the key set until it is dropped.
    pub(super) async fn keep_fresh(self: Arc<Self>) {
        if let Some(tokens) = &self.tokens {
            tokens.keys().keep_fresh().await;
        }
    }

    /// Admits a request or refuses it. Puts the caller and a seller's scope into the extensions.
    async fn admit(
        self: &Arc<Self>,
        path: &str,
        headers: &HeaderMap,
        extensions: &mut http::Extensions,
    ) -> Result<Option<SellerScope>, AccessError> {
        // Only this gate may set the scope.
        extensions.remove::<SellerScope>();
        let rule = rules::find(path);
        if rule == Some(Rule::Open) {
            return Ok(None);
        }
        let peer = extensions.get::<Peer>().cloned().unwrap_or_default();
        let caller = self.identify(headers, &peer).await?;
        let plan = costs::plan(path);
        self.limiter
            .caller(caller.role, &caller.name, plan.cost)
            .map_err(AccessError::TooMany)?;
        if !rule.is_some_and(|rule| rule.allows(caller.role)) {
            tracing::info!(caller = caller.name(), role = ?caller.role, path, "refused");
            return Err(AccessError::Role);
        }
        let scope = match caller.role {
            Role::Seller => Some(SellerScope::new(Arc::clone(&caller.sellers))),
            Role::Platform | Role::Operator => None,
        };
        extensions.insert(Tab {
            guard: Arc::clone(self),
            caller: caller.clone(),
        });
        extensions.insert(caller);
        if plan.is_long_lived()
            && let Some(credential) = self.credential(headers, &peer)?
        {
            extensions.insert(credential);
        }
        if let Some(scope) = &scope {
            extensions.insert(scope.clone());
        }
        Ok(scope)
    }

    /// What identified the caller of a stream, to be checked again while it is open.
    fn credential(
        self: &Arc<Self>,
        headers: &HeaderMap,
        peer: &Peer,
    ) -> Result<Option<Credential>, AccessError> {
        let proof = match bearer(headers)? {
            Some(token) => Some(Proof::Token(token.into())),
            None => peer.shown.clone().map(Proof::Certificate),
        };
        Ok(proof.map(|proof| Credential {
            guard: Arc::clone(self),
            proof,
        }))
    }

    /// When a token that was verified expires, in seconds since 1970; none where it is not known.
    fn expiry(&self, token: &str) -> Option<u64> {
        self.tokens.as_ref()?.expiry(token)
    }

    /// Whether a token that was verified would be again.
    async fn still_accepts(&self, token: &str) -> bool {
        match &self.tokens {
            Some(tokens) => {
                tokens.cached(token).await.is_some() || tokens.verify(token).await.is_ok()
            }
            None => false,
        }
    }

    /// Identifies the caller by its token or, without one, by its certificate. A token is more
    /// specific than the connection it comes over.
    async fn identify(&self, headers: &HeaderMap, peer: &Peer) -> Result<Caller, AccessError> {
        match (bearer(headers)?, &self.tokens) {
            (Some(token), Some(tokens)) => self.identify_token(tokens, token, peer).await,
            (Some(_), None) => Err(AccessError::Token("is of no use: no tokens are taken here")),
            (None, _) => match &peer.caller {
                Some(caller) => Ok(caller.clone()),
                None => Err(self.anonymous(peer)),
            },
        }
    }

    /// Verifies a token unless it is known. What others present at the same address does not matter:
    /// only a token that was itself refused too often is not verified again.
    async fn identify_token(
        &self,
        tokens: &TokenVerifier,
        token: &str,
        peer: &Peer,
    ) -> Result<Caller, AccessError> {
        if let Some(caller) = tokens.cached(token).await {
            return Ok(caller);
        }
        self.limiter
            .token(peer.address, token)
            .map_err(AccessError::TooMany)?;
        let verified = tokens.verify(token).await;
        let error = match verified {
            // That there are no keys yet is not the fault of the caller.
            Ok(_) | Err(AccessError::NoKeys) => return verified,
            Err(error) => error,
        };
        tracing::debug!(%error, address = ?peer.address, "not authenticated");
        match self.limiter.refused_token(peer.address, token) {
            Ok(()) => Err(error),
            Err(wait) => Err(AccessError::TooMany(wait)),
        }
    }

    /// Counts a call without a token and a certificate.
    fn anonymous(&self, peer: &Peer) -> AccessError {
        tracing::debug!(address = ?peer.address, "not authenticated: nothing is shown");
        match self.limiter.anonymous(peer.address) {
            Ok(()) => AccessError::Unknown,
            Err(wait) => AccessError::TooMany(wait),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, AccessError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(AccessError::Header);
    }
    let text = value.to_str().map_err(|_| AccessError::Header)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(AccessError::Header),
    }
}
