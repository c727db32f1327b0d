//! Settings of authentication: section `[auth]`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Role;
use super::fetch::Endpoint;
use crate::config::{Fault, Section, Size, Span};

/// Largest leeway. Clocks that differ by more should be corrected.
const LEEWAY_MAX: Span = Span::seconds(300);
/// Sellers that one caller may act for.
pub(super) const SELLERS_MAX: usize = 1000;

/// Section `[auth]`. Without tokens and clients, every connection may call everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Bearer tokens that are accepted.
    pub tokens: Option<TokenConfig>,
    /// Callers by a name in their client certificate.
    pub clients: Vec<ClientConfig>,
    /// Longest time between two checks of the token or certificate of an open stream.
    pub recheck_every: Span,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            tokens: None,
            clients: Vec::new(),
            recheck_every: Span::seconds(60),
        }
    }
}

impl AuthConfig {
    /// Whether callers must authenticate.
    pub const fn is_on(&self) -> bool {
        self.tokens.is_some() || !self.clients.is_empty()
    }
}

/// Section `[auth.tokens]`: JSON web tokens (RFC 7519), signed by keys of a set (RFC 7517).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenConfig {
    /// Required value of `iss`.
    pub issuer: String,
    /// Required value of `aud`, or one of its values.
    pub audience: String,
    /// File of the key set; reloaded when it changes.
    pub keys_file: Option<PathBuf>,
    /// URL of the key set, instead of a file; https, or http to loopback.
    pub keys_url: Option<String>,
    /// PEM file of the authorities that verify the URL's certificate; not set: the system's.
    pub keys_ca: Option<PathBuf>,
    /// Time between fetches of the key set; keys that it no longer has are no longer accepted.
    pub refresh_every: Span,
    /// Least time between fetches that tokens with unknown keys cause.
    pub refresh_floor: Span,
    /// Allowed difference of clocks in checks of `exp` and `nbf`.
    pub leeway: Span,
    /// Bytes of the longest token.
    pub token_max: Size,
    /// Claim that has the role: platform, seller or operator.
    pub role_claim: String,
    /// Claim that has a seller's id, or a list of them.
    pub sellers_claim: String,
}

impl Default for TokenConfig {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            audience: String::new(),
            keys_file: None,
            keys_url: None,
            keys_ca: None,
            refresh_every: Span::seconds(600),
            refresh_floor: Span::seconds(30),
            leeway: Span::seconds(30),
            token_max: Size::kib(8),
            role_claim: "role".to_owned(),
            sellers_claim: "seller_ids".to_owned(),
        }
    }
}

/// One of `[[auth.clients]]`: a name in a client certificate and its caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientConfig {
    /// A DNS name or URI among the certificate's subject alternative names, in full.
    pub name: String,
    /// The role of the caller.
    pub role: Role,
    /// The sellers that the caller acts for; role seller only.
    #[serde(default)]
    pub sellers: BTreeSet<String>,
}

impl Section for AuthConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            tokens,
            clients,
            recheck_every,
        } = self;
        let mut faults = Vec::new();
        let allowed = Span::seconds(1)..=Span::seconds(60);
        faults.extend(Fault::unless_within(
            "recheck_every",
            recheck_every,
            &allowed,
        ));
        if let Some(tokens) = tokens {
            let token_faults = tokens.check().into_iter();
            faults.extend(token_faults.map(|fault| fault.under("tokens")));
        }
        let mut names = BTreeSet::new();
        for (index, client) in clients.iter().enumerate() {
            let mut client_faults = client.check();
            if !names.insert(&client.name) {
                client_faults.push(Fault::new("name", "is given twice"));
            }
            let key = format!("clients[{index}]");
            faults.extend(client_faults.into_iter().map(|fault| fault.under(&key)));
        }
        faults
    }
}

impl ClientConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            name,
            role,
            sellers,
        } = self;
        let mut faults = Vec::new();
        if name.is_empty() {
            faults.push(Fault::new("name", "is empty"));
        }
        if (*role == Role::Seller) == sellers.is_empty() {
            let description = "must name sellers for role seller, and for no other";
            faults.push(Fault::new("sellers", description));
        }
        if sellers.len() > SELLERS_MAX {
            let count = sellers.len();
            let description = format!("has {count} entries; at most {SELLERS_MAX} are allowed");
            faults.push(Fault::new("sellers", description));
        }
        faults
    }
}

impl Section for TokenConfig {
    fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let texts = [
            ("issuer", &self.issuer),
            ("audience", &self.audience),
            ("role_claim", &self.role_claim),
            ("sellers_claim", &self.sellers_claim),
        ];
        let empty = texts.iter().filter(|(_, text)| text.is_empty());
        faults.extend(empty.map(|(key, _)| Fault::new(key, "is empty")));
        if self.keys_file.is_some() == self.keys_url.is_some() {
            let description = "or keys_url must be set, and not both";
            faults.push(Fault::new("keys_file", description));
        }
        if let Some(Err(reason)) = self.keys_url.as_deref().map(Endpoint::parse) {
            faults.push(Fault::new("keys_url", reason));
        }
        faults.extend(Fault::unless_at_most("leeway", &self.leeway, &LEEWAY_MAX));
        for (key, span) in [
            ("refresh_every", &self.refresh_every),
            ("refresh_floor", &self.refresh_floor),
        ] {
            faults.extend(Fault::unless_at_least(key, span, &Span::seconds(1)));
        }
        if !(Size::kib(1)..=Size::kib(64)).contains(&self.token_max) {
            let description = format!("is {}; 1 KiB to 64 KiB is allowed", self.token_max);
            faults.push(Fault::new("token_max", description));
        }
        faults
    }
}
