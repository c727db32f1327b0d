//! TLS with certificates that can be exchanged while the service runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::config::{Fault, Section, Span};

/// Largest file that is read; a bundle of authorities is some 200 KiB.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Whether clients need a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificates {
    /// One that is shown is verified; who shows none needs a token.
    #[default]
    Optional,
    /// Without one there is no connection.
    Required,
}

/// Section `[tls]`. Files are PEM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// The service's certificate, followed by those between it and the authority.
    pub certificate: Option<PathBuf>,
    /// Its private key.
    pub key: Option<PathBuf>,
    /// Authorities whose client certificates are taken.
    pub client_ca: Option<PathBuf>,
    /// Whether clients need one.
    pub client_certificates: ClientCertificates,
    /// How often the files are looked at; SIGHUP looks at once.
    pub reload_every: Span,
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self {
            certificate: None,
            key: None,
            client_ca: None,
            client_certificates: ClientCertificates::default(),
            reload_every: Span::seconds(10),
        }
    }
}

impl TlsConfig {
    /// Whether connections are encrypted.
    pub const fn is_on(&self) -> bool {
        self.certificate.is_some()
    }
}

impl Section for TlsConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            certificate,
            key,
            client_ca,
            client_certificates,
            reload_every,
        } = self;
        let mut found = Vec::new();
        if certificate.is_some() != key.is_some() {
            found.push(Fault::new("key", "and certificate must be set together"));
        }
        if client_ca.is_some() && certificate.is_none() {
            found.push(Fault::new(
                "client_ca",
                "is set without a certificate of the service",
            ));
        }
        if *client_certificates == ClientCertificates::Required && client_ca.is_none() {
            let said = "are required, but client_ca is not set";
            found.push(Fault::new("client_certificates", said));
        }
        if *reload_every < Span(Duration::from_millis(50)) {
            let said = format!("is {reload_every}; 50ms or more is allowed");
            found.push(Fault::new("reload_every", said));
        }
        found
    }
}

/// What is wrong with the files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or is too large to be what it should be.
    #[error("{}: {said}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        said: String,
    },
    /// They do not fit together.
    #[error("{0}")]
    Setup(#[from] tokio_rustls::rustls::Error),
    /// The authorities are of no use.
    #[error("the client authorities are of no use: {0}")]
    Authorities(String),
}

/// One implementation of cryptography for everything, named so that none is picked by accident.
pub(in crate::server) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// All certificates of a PEM file; at least one.
pub(in crate::server) fn certificates(
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(path)?;
    certificates_in(path, &bytes)
}

fn certificates_in(path: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    let found = found.map_err(|error| fault(path, error.to_string()))?;
    if found.is_empty() {
        return Err(fault(path, "holds no certificate in PEM".to_owned()));
    }
    Ok(found)
}

/// A file of keys or certificates.
pub(in crate::server) fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let said = |error: std::io::Error| fault(path, error.to_string());
    let size = std::fs::metadata(path).map_err(said)?.len();
    if size > FILE_BYTES_MAX {
        return Err(fault(
            path,
            format!("has {size} bytes, more than certificates have"),
        ));
    }
    std::fs::read(path).map_err(said)
}

fn fault(path: &Path, said: String) -> TlsError {
    TlsError::File {
        path: path.to_owned(),
        said,
    }
}

/// The contents of all files, to be compared with the next reading.
#[derive(Clone, PartialEq, Eq)]
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

struct Paths {
    certificate: PathBuf,
    key: PathBuf,
    client_ca: Option<PathBuf>,
}

impl Paths {
    fn read(&self) -> Result<Files, TlsError> {
        Ok(Files {
            certificate: read(&self.certificate)?,
            key: read(&self.key)?,
            client_ca: self.client_ca.as_deref().map(read).transpose()?,
        })
    }
}

/// The settings that new connections get. Connections that exist keep theirs. A new object for each
/// change, so that no session can be resumed past an exchange of authorities.
pub(in crate::server) struct Tls {
    paths: Paths,
    required: bool,
    protocols: Vec<Vec<u8>>,
    every: Duration,
    current: ArcSwap<ServerConfig>,
    /// As last looked at, good or not, and what was wrong; so that a fault is told once.
    seen: Mutex<(Option<Files>, String)>,
    /// From the start on, as a SIGHUP that nobody waits for ends the process.
    hangup: Mutex<Option<Signal>>,
}

impl Tls {
    /// None where TLS is off. With `http1` browsers may speak HTTP/1.1.
    pub(in crate::server) fn open(
        config: &TlsConfig,
        http1: bool,
    ) -> Result<Option<Arc<Self>>, TlsError> {
        let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else {
            return Ok(None);
        };
        let paths = Paths {
            certificate: certificate.clone(),
            key: key.clone(),
            client_ca: config.client_ca.clone(),
        };
        warn_if_open_to_all(key);
        let required = config.client_certificates == ClientCertificates::Required;
        let mut protocols = vec![b"h2".to_vec()];
        if http1 {
            protocols.push(b"http/1.1".to_vec());
        }
        let files = paths.read()?;
        let current = build(&paths, &files, required, &protocols)?;
        Ok(Some(Arc::new(Self {
            paths,
            required,
            protocols,
            every: config.reload_every.0,
            current: ArcSwap::from_pointee(current),
            seen: Mutex::new((Some(files), String::new())),
            hangup: Mutex::new(signal(SignalKind::hangup()).ok()),
        })))
    }

    pub(in crate::server) fn current(&self) -> Arc<ServerConfig> {
        self.current.load_full()
    }

    /// Looks at the files for as long as the service runs, and at once on SIGHUP.
    pub(in crate::server) async fn keep_fresh(self: Arc<Self>) {
        let held = self.hangup.lock().map(|mut hangup| hangup.take());
        let mut hangup = held.unwrap_or_default();
        loop {
            let asked = async {
                match &mut hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = tokio::time::sleep(self.every) => {}
                _ = asked => tracing::info!("SIGHUP: looking at certificates"),
            }
            let looking = Arc::clone(&self);
            // Files may lie on a slow disk.
            let _ = tokio::task::spawn_blocking(move || looking.look()).await;
        }
    }

    /// Takes new files when they are good; otherwise what was stays.
    fn look(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let read = self.paths.read();
        let outcome = match read {
            Ok(files) if seen.0.as_ref() == Some(&files) => return,
            Ok(files) => {
                let built = build(&self.paths, &files, self.required, &self.protocols);
                seen.0 = Some(files);
                built
            }
            Err(error) => Err(error),
        };
        match outcome {
            Ok(config) => {
                self.current.store(Arc::new(config));
                seen.1.clear();
                tracing::info!("new certificates are in use");
            }
            Err(error) => {
                let said = error.to_string();
                if said != seen.1 {
                    tracing::error!(said, "new certificates are of no use; the ones before stay");
                    seen.1 = said;
                }
            }
        }
    }
}

fn build(
    paths: &Paths,
    files: &Files,
    required: bool,
    protocols: &[Vec<u8>],
) -> Result<ServerConfig, TlsError> {
    let chain = certificates_in(&paths.certificate, &files.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&files.key)
        .map_err(|_| fault(&paths.key, "holds no private key in PEM".to_owned()))?;
    let builder =
        ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let builder = match (&paths.client_ca, &files.client_ca) {
        (Some(path), Some(bytes)) => {
            let mut roots = RootCertStore::empty();
            for authority in certificates_in(path, bytes)? {
                roots.add(authority)?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
            let verifier = if required {
                verifier
            } else {
                verifier.allow_unauthenticated()
            };
            let verifier = verifier
                .build()
                .map_err(|error| TlsError::Authorities(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
        _ => builder.with_no_client_auth(),
    };
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = protocols.to_vec();
    Ok(config)
}

fn warn_if_open_to_all(key: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let open = std::fs::metadata(key).is_ok_and(|file| file.permissions().mode() & 0o004 != 0);
    if open {
        tracing::warn!(path = %key.display(), "everybody on this machine can read the private key");
    }
}
