//! Who calls, and whether that caller may: the one gate before every handler.
//!
//! A request is let through when its path has a rule ([`rules`]) that allows its caller's role.
//! Callers are known by a bearer token or by a client certificate. What a seller may ask about is a
//! [`Scope`] that goes with the request.

mod certificate;
mod config;
mod crypto;
mod fetch;
mod gate;
mod keys;
pub mod rules;
mod scope;
mod token;
mod verified;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};

pub(super) use certificate::Certificates;
pub use config::{AuthConfig, ClientConfig, TokenConfig};
pub(super) use gate::GateLayer;
pub(super) use scope::Scope;

use self::rules::Rule;
use self::scope::Bound;
use self::token::Tokens;
use crate::server::transport::connection::Peer;
use crate::server::transport::rate::{Key, Limiter, RateConfig};

/// What a caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A backend of the platform: sends events, screens, reads everything.
    Platform,
    /// A seller, or a portal in its name: reads about its own subjects.
    Seller,
    /// Runs the service: reads everything, sends nothing.
    Operator,
}

impl Role {
    fn named(word: &str) -> Option<Self> {
        match word {
            "platform" => Some(Self::Platform),
            "seller" => Some(Self::Seller),
            "operator" => Some(Self::Operator),
            _ => None,
        }
    }
}

/// Who calls.
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

    /// For logs: how it is known and by what name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is.
    pub const fn role(&self) -> Role {
        self.role
    }
}

/// Why a request is not let through.
#[derive(Debug, thiserror::Error)]
pub(super) enum AccessError {
    /// No token and no certificate.
    #[error("a bearer token or a client certificate is needed")]
    Unknown,
    /// More than one header, or none that holds a bearer token.
    #[error("the authorization header is not one bearer token")]
    Header,
    /// A token that is not taken. The text holds nothing of it.
    #[error("the token {0}")]
    Token(&'static str),
    /// Tokens cannot be checked yet.
    #[error("tokens cannot be checked yet: the key set has not been fetched")]
    NoKeys,
    /// A caller without the role.
    #[error("this caller may not call this")]
    Role,
    /// A seller's request whose handler did not look at whose it is.
    #[error("this call is not open to sellers")]
    Unscoped,
    /// Too many calls.
    #[error("too many calls; wait a little")]
    TooMany(Duration),
}

/// What is wrong with the files and addresses that access rests on.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The key set.
    #[error("auth.tokens: {0}")]
    Keys(String),
}

/// Decides about requests.
pub(super) struct Guard {
    tokens: Option<Tokens>,
    limiter: Limiter,
}

impl Guard {
    /// None where authentication is off.
    pub(super) async fn open(
        auth: &AuthConfig,
        rate: &RateConfig,
    ) -> Result<Option<Arc<Self>>, SetupError> {
        if !auth.is_on() {
            return Ok(None);
        }
        let tokens = match &auth.tokens {
            Some(config) => Some(Tokens::open(config).await?),
            None => None,
        };
        let limiter = Limiter::new(rate);
        Ok(Some(Arc::new(Self { tokens, limiter })))
    }

    /// Renews keys for as long as the service runs.
    pub(super) async fn keep_fresh(self: Arc<Self>) {
        if let Some(tokens) = &self.tokens {
            tokens.keys().keep_fresh().await;
        }
    }

    /// Lets a request through or not; puts its caller, and a seller's bounds, beside it.
    async fn admit(
        &self,
        path: &str,
        headers: &HeaderMap,
        extensions: &mut http::Extensions,
    ) -> Result<Option<Bound>, AccessError> {
        // A caller cannot bring these, but nothing else may have put them here either.
        extensions.remove::<Bound>();
        let rule = rules::find(path);
        if rule == Some(Rule::Open) {
            return Ok(None);
        }
        let peer = extensions.get::<Peer>().cloned().unwrap_or_default();
        let caller = self.identify(headers, &peer).await?;
        self.limiter
            .take(&Key::caller(caller.role, &caller.name))
            .map_err(AccessError::TooMany)?;
        if !rule.is_some_and(|rule| rule.allows(caller.role)) {
            tracing::info!(caller = caller.name(), role = ?caller.role, path, "refused");
            return Err(AccessError::Role);
        }
        let bound = match caller.role {
            Role::Seller => Some(Bound::new(Arc::clone(&caller.sellers))),
            Role::Platform | Role::Operator => None,
        };
        extensions.insert(caller);
        if let Some(bound) = &bound {
            extensions.insert(bound.clone());
        }
        Ok(bound)
    }

    /// By the token where there is one, as it says more than the connection that it comes over.
    async fn identify(&self, headers: &HeaderMap, peer: &Peer) -> Result<Caller, AccessError> {
        let known = match (bearer(headers)?, &self.tokens) {
            (Some(token), Some(tokens)) => {
                // Others may guess from the same address, as behind one proxy.
                if let Some(caller) = tokens.known(token).await {
                    return Ok(caller);
                }
                self.limiter
                    .peek(&Key::address(peer.address))
                    .map_err(AccessError::TooMany)?;
                tokens.read(token).await
            }
            (Some(_), None) => Err(AccessError::Token("is of no use: no tokens are taken here")),
            (None, _) => peer.caller.clone().ok_or(AccessError::Unknown),
        };
        if let Err(error) = &known {
            tracing::debug!(%error, address = ?peer.address, "not known");
            // Whoever guesses has fewer and fewer guesses, and costs no more signatures.
            let _ = self.limiter.take(&Key::address(peer.address));
        }
        known
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, AccessError> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = given.next() else {
        return Ok(None);
    };
    if given.next().is_some() {
        return Err(AccessError::Header);
    }
    let text = value.to_str().map_err(|_| AccessError::Header)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(AccessError::Header),
    }
}
