//! Authorities and certificates.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    SanType,
};

/// Issues certificates, as PEM.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate.
    pub(crate) pem: String,
}

/// A certificate and its key, as PEM.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let pem = parameters.self_signed(&key).expect("signed").pem();
        Self {
            issuer: Issuer::new(parameters, key),
            pem,
        }
    }

    /// For `localhost` and 127.0.0.1.
    pub(crate) fn server(&self) -> Pair {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let parameters = CertificateParams::new(names).expect("names");
        self.issue(parameters, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// For a client; names with a colon are URIs.
    pub(crate) fn client(&self, names: &[&str]) -> Pair {
        self.issue(Self::of_client(names), ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// As [`Self::client`], valid until a second since 1970.
    pub(crate) fn client_until(&self, names: &[&str], seconds: u64) -> Pair {
        let mut parameters = Self::of_client(names);
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        parameters.not_after = epoch + std::time::Duration::from_secs(seconds);
        self.issue(parameters, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn of_client(names: &[&str]) -> CertificateParams {
        let mut parameters = CertificateParams::default();
        // What a common name says must not count.
        parameters
            .distinguished_name
            .push(DnType::CommonName, "backend.example");
        parameters.subject_alt_names = names
            .iter()
            .map(|name| {
                let text = (*name).try_into().expect("ASCII");
                if name.contains(':') {
                    SanType::URI(text)
                } else {
                    SanType::DnsName(text)
                }
            })
            .collect();
        parameters
    }

    fn issue(&self, mut parameters: CertificateParams, usage: ExtendedKeyUsagePurpose) -> Pair {
        parameters.extended_key_usages = vec![usage];
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.signed_by(&key, &self.issuer).expect("signed");
        Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}
