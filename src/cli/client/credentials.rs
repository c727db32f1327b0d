//! How a command shows who it is, and knows the service.

use std::path::{Path, PathBuf};

use http::Uri;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Status};

use crate::cli::CliError;

/// The way to a service, with the caller's token on every request.
pub(crate) type Link = InterceptedService<Channel, Bearer>;

/// Files of a secured service's client.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Credentials {
    /// Authorities that the service's certificate is checked against, in PEM; the system's without.
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub(crate) ca: Option<PathBuf>,
    /// Certificate that this command shows, in PEM.
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with = "data")]
    pub(crate) cert: Option<PathBuf>,
    /// Its private key.
    #[arg(long, value_name = "FILE", requires = "cert", conflicts_with = "data")]
    pub(crate) key: Option<PathBuf>,
    /// File that holds a bearer token.
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub(crate) token_file: Option<PathBuf>,
}

impl Credentials {
    /// Sets up TLS where the address asks for it.
    pub(crate) fn secure(&self, server: &str, endpoint: Endpoint) -> Result<Endpoint, CliError> {
        let Self {
            ca,
            cert,
            key,
            token_file: _,
        } = self;
        if endpoint.uri().scheme_str() != Some("https") {
            if ca.is_some() || cert.is_some() {
                let said = "is no https address, so --ca and --cert are of no use";
                return Err(format!("--server {server} {said}").into());
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

    /// The token, which must not be sent where others can read it.
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

/// Puts the token on requests.
#[derive(Clone, Debug)]
pub(crate) struct Bearer(Option<MetadataValue<Ascii>>);

impl Bearer {
    /// For a service that asks for none.
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
