//! From a client certificate to a caller.

use std::collections::HashMap;

use tokio_rustls::rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

use super::{Caller, ClientConfig};

/// Names that stand for callers. Only subject alternative names count: the common name says too
/// little about what it is a name of (RFC 9525).
pub(in crate::server) struct Certificates(HashMap<String, Caller>);

impl Certificates {
    pub(in crate::server) fn new(clients: &[ClientConfig]) -> Self {
        let named = clients.iter().map(|client| {
            let ClientConfig {
                name,
                role,
                sellers,
            } = client.clone();
            (
                name.clone(),
                Caller::new(format!("certificate:{name}"), role, sellers),
            )
        });
        Self(named.collect())
    }

    /// Who a certificate belongs to, which the handshake has verified. The first of its names that
    /// is known decides; a certificate of several callers is nobody's.
    pub(in crate::server) fn caller(&self, certificate: &CertificateDer<'_>) -> Option<Caller> {
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        let names = certificate
            .valid_dns_names()
            .chain(certificate.valid_uri_names());
        let mut known = names.filter_map(|name| self.0.get(name));
        let first = known.next()?;
        if known.any(|other| other.name() != first.name()) {
            tracing::warn!(
                name = first.name(),
                "a client certificate has names of several callers"
            );
            return None;
        }
        Some(first.clone())
    }
}
