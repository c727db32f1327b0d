//! Maps client certificates to callers.

use std::collections::HashMap;

use tokio_rustls::rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

use super::{Caller, ClientConfig};

/// Callers by subject alternative name. The common name is ignored, because its type is ambiguous
/// (RFC 9525).
pub(in crate::server) struct Certificates(HashMap<String, Caller>);

impl Certificates {
    pub(in crate::server) fn new(clients: &[ClientConfig]) -> Self {
        let callers = clients.iter().map(|client| {
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
        Self(callers.collect())
    }

    /// Finds the caller of a certificate that the handshake has verified. A certificate with names
    /// of several callers identifies none of them.
    pub(in crate::server) fn caller(&self, certificate: &CertificateDer<'_>) -> Option<Caller> {
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        let names = certificate
            .valid_dns_names()
            .chain(certificate.valid_uri_names());
        let mut callers = names.filter_map(|name| self.0.get(name));
        let first = callers.next()?;
        if callers.any(|other| other.name() != first.name()) {
            tracing::warn!(
                name = first.name(),
                "a client certificate has names of several callers"
            );
            return None;
        }
        Some(first.clone())
    }
}
