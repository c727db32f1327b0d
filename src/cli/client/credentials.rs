//! Credentials of a command, and its trust in the service.

use std::path::{Path, PathBuf};

use http::Uri;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Status};

use crate::cli::CliError;

/// A channel to a service, with the caller's token on every request.
pub(crate) type Link = InterceptedService<Channel, Bearer>;

/// Credential files of a client.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Credentials {
    /// Authorities of the service's certificate in PEM; by default the system's.
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub(crate) ca: Option<PathBuf>,
    /// Client certificate in PEM.
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with = "data")]
    pub(crate) cert: Option<PathBuf>,
    /// Its private key.
    #[arg(long, value_name = "FILE", requires = "cert", conflicts_with = "data")]
    pub(crate) key: Option<PathBuf>,
    /// File with a bearer token.
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub(crate) token_file: Option<PathBuf>,
}

impl Credentials {
    /// Sets up TLS for an https address.
    pub(crate) fn secure(&self, server: &str, endpoint: Endpoint) -> Result<Endpoint, CliError> {
        let Self {
            ca,
            cert,
            key,
            token_file: _,
        } = self;
        if endpoint.uri().scheme_str() != Some("https") {
            if ca.is_some() || cert.is_some() {
                let message = "is no https address, so --ca and --cert are of no use";
                return Err(format!("--server {server} {message}").into());
            }
            return Ok(endpoint);
        }
        let mut tls = ClientTlsConfig::new();
        tls = match ca {
            Some(path) => tls.ca_certificate(Certificate::from_pem(read("--ca", path)?)),
            None => tls.with_native_roots(),
        };
        if let (Some(cert), Some(key)) = (cert, key) {
            tls = tls.identity(Identity::from_pem(
                read("--cert", cert)?,
                read("--key", key)?,
            ));
        }
        let secured = endpoint.tls_config(tls);
        Ok(secured.map_err(|error| format!("--server {server}: {}", super::innermost(&error)))?)
    }

    /// Returns the token. It must not be sent over a connection that others can read.
    pub(crate) fn bearer(&self, server: &Uri) -> Result<Bearer, CliError> {
        let Some(path) = &self.token_file else {
            return Ok(Bearer(None));
        };
        let host = server.host().unwrap_or_default();
        let is_loopback = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        if server.scheme_str() != Some("https") && !is_loopback {
            return Err("--token-file: a token is only sent over https, or to loopback".into());
        }
        let text = String::from_utf8(read("--token-file", path)?)
            .map_err(|_| format!("--token-file {}: is no text", path.display()))?;
        let value = format!("Bearer {}", text.trim()).parse();
        let mut value: MetadataValue<Ascii> =
            value.map_err(|_| format!("--token-file {}: holds no token", path.display()))?;
        value.set_sensitive(true);
        Ok(Bearer(Some(value)))
    }
}

fn read(flag: &str, path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|error| format!("{flag} {}: {error}", path.display()).into())
}

/// Adds the token to requests.
#[derive(Clone, Debug)]
pub(crate) struct Bearer(Option<MetadataValue<Ascii>>);

impl Bearer {
    /// No token.
    pub(crate) const NONE: Self = Self(None);
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", value.clone());
        }
        Ok(request)
    }
}
