//! Who may call: section `[auth]`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Role;
use super::fetch::Address;
use crate::config::{Fault, Section, Size, Span};

/// Clocks further apart than this are a fault to mend.
const LEEWAY_MAX: Span = Span::seconds(300);
/// Sellers that one caller may be bound to.
pub(super) const SELLERS_MAX: usize = 1000;

/// Section `[auth]`. Without tokens and clients anybody who can connect may do anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Bearer tokens that are taken.
    pub tokens: Option<TokenConfig>,
    /// Names in client certificates that stand for a caller.
    pub clients: Vec<ClientConfig>,
}

impl AuthConfig {
    /// Whether callers have to say who they are.
    pub const fn is_on(&self) -> bool {
        self.tokens.is_some() || !self.clients.is_empty()
    }
}

/// Section `[auth.tokens]`: JSON web tokens (RFC 7519), signed by keys of a set (RFC 7517).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenConfig {
    /// What `iss` must be.
    pub issuer: String,
    /// What `aud` must be or hold.
    pub audience: String,
    /// File of the key set; read again when it changes.
    pub keys_file: Option<PathBuf>,
    /// Address of the key set instead; https, or http to loopback.
    pub keys_url: Option<String>,
    /// Authorities that the address's certificate is checked against, in PEM; the system's without.
    pub keys_ca: Option<PathBuf>,
    /// How often the key set is fetched again; what it no longer holds is no longer taken.
    pub refresh_every: Span,
    /// Least time between fetches, however many unknown keys are named.
    pub refresh_floor: Span,
    /// How far clocks may be apart for `exp` and `nbf`.
    pub leeway: Span,
    /// Longest token.
    pub token_max: Size,
    /// Claim that holds platform, seller or operator.
    pub role_claim: String,
    /// Claim that holds a seller's id, or a list of them.
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

/// One of `[[auth.clients]]`: a name in a client certificate, and who that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientConfig {
    /// A DNS name or URI among the certificate's subject alternative names, in full.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The sellers that it speaks for; role seller only.
    #[serde(default)]
    pub sellers: BTreeSet<String>,
}

impl Section for AuthConfig {
    fn check(&self) -> Vec<Fault> {
        let Self { tokens, clients } = self;
        let mut found = Vec::new();
        if let Some(tokens) = tokens {
            let faults = tokens.check().into_iter();
            found.extend(faults.map(|fault| fault.under("tokens")));
        }
        let mut names = BTreeSet::new();
        for (index, client) in clients.iter().enumerate() {
            let ClientConfig {
                name,
                role,
                sellers,
            } = client;
            let key = format!("clients[{index}]");
            if name.is_empty() {
                found.push(Fault::new("name", "is empty").under(&key));
            }
            if !names.insert(name) {
                found.push(Fault::new("name", "is given twice").under(&key));
            }
            if (*role == Role::Seller) == sellers.is_empty() {
                let said = "must name sellers for role seller, and for no other";
                found.push(Fault::new("sellers", said).under(&key));
            }
            if sellers.len() > SELLERS_MAX {
                let said = format!(
                    "has {} entries; at most {SELLERS_MAX} are allowed",
                    sellers.len()
                );
                found.push(Fault::new("sellers", said).under(&key));
            }
        }
        found
    }
}

impl Section for TokenConfig {
    fn check(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        let texts = [
            ("issuer", &self.issuer),
            ("audience", &self.audience),
            ("role_claim", &self.role_claim),
            ("sellers_claim", &self.sellers_claim),
        ];
        let empty = texts.iter().filter(|(_, text)| text.is_empty());
        found.extend(empty.map(|(key, _)| Fault::new(key, "is empty")));
        if self.keys_file.is_some() == self.keys_url.is_some() {
            found.push(Fault::new(
                "keys_file",
                "or keys_url must be set, and not both",
            ));
        }
        if let Some(Err(said)) = self.keys_url.as_deref().map(Address::parse) {
            found.push(Fault::new("keys_url", said));
        }
        if self.leeway > LEEWAY_MAX {
            let said = format!("is {}; at most {LEEWAY_MAX} is allowed", self.leeway);
            found.push(Fault::new("leeway", said));
        }
        for (key, span) in [
            ("refresh_every", self.refresh_every),
            ("refresh_floor", self.refresh_floor),
        ] {
            if span < Span::seconds(1) {
                found.push(Fault::new(key, format!("is {span}; 1s or more is allowed")));
            }
        }
        if !(Size::kib(1)..=Size::kib(64)).contains(&self.token_max) {
            let said = format!("is {}; 1 KiB to 64 KiB is allowed", self.token_max);
            found.push(Fault::new("token_max", said));
        }
        found
    }
}
