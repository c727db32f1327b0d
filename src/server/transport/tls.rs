//! TLS whose certificates and keys are reloaded while the service runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::config::{Fault, Section, Span};

/// Bytes of the largest file that is read. A bundle of authorities has some 200 KiB.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Whether clients must show a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificates {
    /// A certificate is verified if it is shown; callers without one need a token.
    #[default]
    Optional,
    /// A connection without a certificate is refused.
    Required,
}

/// Section `[tls]`. Files are PEM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// The service's certificate, followed by its intermediate certificates.
    pub certificate: Option<PathBuf>,
    /// The private key of the certificate.
    pub key: Option<PathBuf>,
    /// Authorities whose client certificates are accepted.
    pub client_ca: Option<PathBuf>,
    /// Whether clients must show a certificate.
    pub client_certificates: ClientCertificates,
    /// Time between checks of the files; SIGHUP checks at once.
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
        let mut faults = Vec::new();
        if certificate.is_some() != key.is_some() {
            faults.push(Fault::new("key", "and certificate must be set together"));
        }
        if client_ca.is_some() && certificate.is_none() {
            faults.push(Fault::new(
                "client_ca",
                "is set without a certificate of the service",
            ));
        }
        if *client_certificates == ClientCertificates::Required && client_ca.is_none() {
            let description = "are required, but client_ca is not set";
            faults.push(Fault::new("client_certificates", description));
        }
        let reload_min = Span(Duration::from_millis(50));
        faults.extend(Fault::unless_at_least(
            "reload_every",
            reload_every,
            &reload_min,
        ));
        faults
    }
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or is too large to be what it should be.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why it cannot be used.
        reason: String,
    },
    /// The files do not fit together.
    #[error("{0}")]
    Setup(#[from] tokio_rustls::rustls::Error),
    /// The client authorities cannot be used.
    #[error("the client authorities are of no use: {0}")]
    Authorities(String),
}

/// Selects ring for all of TLS, explicitly, so that no other provider is picked by accident.
pub(in crate::server) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Reads all certificates of a PEM file, of which there must be at least one.
pub(in crate::server) fn certificates(
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    certificates_in(path, &read(path)?)
}

fn certificates_in(path: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates = CertificateDer::pem_slice_iter(bytes)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unusable(path, error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable(path, "holds no certificate in PEM"));
    }
    Ok(certificates)
}

/// Reads a file of keys or certificates.
pub(in crate::server) fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |error: std::io::Error| unusable(path, error.to_string());
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > FILE_BYTES_MAX {
        let reason = format!("has {size} bytes, more than certificates have");
        return Err(unusable(path, reason));
    }
    std::fs::read(path).map_err(unreadable)
}

fn unusable(path: &Path, reason: impl Into<String>) -> TlsError {
    TlsError::File {
        path: path.to_owned(),
        reason: reason.into(),
    }
}

/// The contents of all files, compared with what is read next.
#[derive(PartialEq, Eq)]
struct PemFiles {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

struct PemPaths {
    certificate: PathBuf,
    key: PathBuf,
    client_ca: Option<PathBuf>,
}

impl PemPaths {
    fn read(&self) -> Result<PemFiles, TlsError> {
        Ok(PemFiles {
            certificate: read(&self.certificate)?,
            key: read(&self.key)?,
            client_ca: self.client_ca.as_deref().map(read).transpose()?,
        })
    }
}

/// Holds the setup that new connections get; existing ones keep theirs. Each change makes a new
/// object, so that no session is resumed across a change of authorities.
pub(in crate::server) struct TlsReloader {
    setup: Setup,
    reload_every: Duration,
    current: ArcSwap<Current>,
    last_read: Mutex<LastRead>,
    /// Registered at the start, because an unhandled SIGHUP ends the process.
    hangup: Mutex<Option<Signal>>,
}

/// The setup in use.
struct Current {
    config: Arc<ServerConfig>,
    /// Verifies certificates of clients; none where none are asked for.
    clients: Option<Arc<dyn ClientCertVerifier>>,
}

/// What was read last, usable or not, so that each fault is logged once.
struct LastRead {
    files: Option<PemFiles>,
    fault: String,
}

impl TlsReloader {
    /// Loads the files; returns none where TLS is off. `http1` offers HTTP/1.1, for browsers.
    pub(in crate::server) fn open(
        config: &TlsConfig,
        http1: bool,
    ) -> Result<Option<Arc<Self>>, TlsError> {
        let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else {
            return Ok(None);
        };
        warn_if_world_readable(key);
        let mut protocols = vec![b"h2".to_vec()];
        if http1 {
            protocols.push(b"http/1.1".to_vec());
        }
        let setup = Setup {
            paths: PemPaths {
                certificate: certificate.clone(),
                key: key.clone(),
                client_ca: config.client_ca.clone(),
            },
            is_client_certificate_required: config.client_certificates
                == ClientCertificates::Required,
            protocols,
        };
        let files = setup.paths.read()?;
        Ok(Some(Arc::new(Self {
            current: ArcSwap::from_pointee(setup.build(&files)?),
            setup,
            reload_every: config.reload_every.0,
            last_read: Mutex::new(LastRead {
                files: Some(files),
                fault: String::new(),
            }),
            hangup: Mutex::new(signal(SignalKind::hangup()).ok()),
        })))
    }

    pub(in crate::server) fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.load().config)
    }

    /// Whether a chain that was verified before would be verified now.
    pub(in crate::server) fn still_accepts(
        &self,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> bool {
        let current = self.current.load();
        let Some((client, intermediates)) = chain.split_first() else {
            return false;
        };
        current.clients.as_ref().is_some_and(|clients| {
            clients
                .verify_client_cert(client, intermediates, now)
                .is_ok()
        })
    }

    /// Checks the files periodically, and at once on SIGHUP, until it is dropped.
    pub(in crate::server) async fn keep_fresh(self: Arc<Self>) {
        let mut hangup = self
            .hangup
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        loop {
            let hung_up = async {
                match &mut hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = tokio::time::sleep(self.reload_every) => {}
                _ = hung_up => tracing::info!("SIGHUP: looking at certificates"),
            }
            let reloader = Arc::clone(&self);
            // Off the async workers, as files may be on a slow disk.
            let _ = tokio::task::spawn_blocking(move || reloader.reload_if_changed()).await;
        }
    }

    /// Takes changed files into use if they are usable; otherwise keeps the setup as it is.
    fn reload_if_changed(&self) {
        let mut last = self
            .last_read
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let setup = match self.setup.paths.read() {
            Ok(files) if last.files.as_ref() == Some(&files) => return,
            Ok(files) => self.setup.build(last.files.insert(files)),
            Err(error) => Err(error),
        };
        match setup {
            Ok(current) => {
                self.current.store(Arc::new(current));
                last.fault.clear();
                tracing::info!("new certificates are in use");
            }
            Err(error) => {
                let fault = error.to_string();
                if fault != last.fault {
                    tracing::error!(
                        fault,
                        "new certificates are of no use; the ones before stay"
                    );
                    last.fault = fault;
                }
            }
        }
    }
}

/// Builds the setup of TLS from its files.
struct Setup {
    paths: PemPaths,
    is_client_certificate_required: bool,
    protocols: Vec<Vec<u8>>,
}

impl Setup {
    fn build(&self, files: &PemFiles) -> Result<Current, TlsError> {
        let chain = certificates_in(&self.paths.certificate, &files.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&files.key)
            .map_err(|_| unusable(&self.paths.key, "holds no private key in PEM"))?;
        let versions = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?;
        let clients = match (&self.paths.client_ca, &files.client_ca) {
            (Some(path), Some(bytes)) => Some(self.client_verifier(path, bytes)?),
            _ => None,
        };
        let builder = match &clients {
            Some(clients) => versions.with_client_cert_verifier(Arc::clone(clients)),
            None => versions.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key)?;
        config.alpn_protocols.clone_from(&self.protocols);
        Ok(Current {
            config: Arc::new(config),
            clients,
        })
    }

    fn client_verifier(
        &self,
        path: &Path,
        authorities: &[u8],
    ) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let mut roots = RootCertStore::empty();
        for authority in certificates_in(path, authorities)? {
            roots.add(authority)?;
        }
        let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        if !self.is_client_certificate_required {
            builder = builder.allow_unauthenticated();
        }
        builder
            .build()
            .map_err(|error| TlsError::Authorities(error.to_string()))
    }
}

fn warn_if_world_readable(key: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let is_open = std::fs::metadata(key).is_ok_and(|file| file.permissions().mode() & 0o004 != 0);
    if is_open {
        tracing::warn!(path = %key.display(), "everybody on this machine can read the private key");
    }
}
