//! Fetches one small document over HTTP, such as a key set.

use std::fmt::Display;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::server::transport::tls;

/// Time limit of an answer, connecting included.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// The parts of a URL that a document is fetched from.
pub(super) struct Endpoint {
    host: String,
    port: u16,
    path: String,
    is_https: bool,
}

impl Endpoint {
    /// Reads a URL. Allows https, and http to loopback.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let uri: Uri = url
            .parse()
            .map_err(|error| format!("is {url:?}: {error}"))?;
        let authority_host = uri
            .host()
            .ok_or_else(|| format!("is {url:?}, which has no host"))?;
        let host = authority_host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_loopback => false,
            _ => {
                return Err(format!(
                    "is {url:?}; https is required, or http to loopback"
                ));
            }
        };
        Ok(Self {
            host: host.to_owned(),
            port: uri.port_u16().unwrap_or(if is_https { 443 } else { 80 }),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            is_https,
        })
    }
}

/// Fetches the document of one URL. Does not follow redirects.
pub(super) struct Fetcher {
    endpoint: Endpoint,
    /// None for plain http.
    tls: Option<Arc<ClientConfig>>,
}

impl Fetcher {
    pub(super) fn open(url: &str, authorities: Option<&Path>) -> Result<Self, String> {
        let endpoint = Endpoint::parse(url)?;
        let tls = if endpoint.is_https {
            Some(client(authorities)?)
        } else {
            None
        };
        Ok(Self { endpoint, tls })
    }

    /// Fetches the document. Fails if it is larger than allowed or takes too long.
    pub(super) async fn get(&self, bytes_max: usize) -> Result<Vec<u8>, String> {
        let Endpoint { host, port, .. } = &self.endpoint;
        let answer = match tokio::time::timeout(ANSWER_MAX, self.connect_and_get(bytes_max)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} s", ANSWER_MAX.as_secs())),
        };
        answer.map_err(|error| format!("{host}:{port}: {error}"))
    }

    async fn connect_and_get(&self, bytes_max: usize) -> Result<Vec<u8>, String> {
        let Endpoint { host, port, .. } = &self.endpoint;
        let stream = TcpStream::connect((host.as_str(), *port))
            .await
            .map_err(text)?;
        match &self.tls {
            None => self.request(stream, bytes_max).await,
            Some(config) => {
                let name = ServerName::try_from(host.clone()).map_err(text)?;
                let connector = TlsConnector::from(Arc::clone(config));
                let tls_stream = connector.connect(name, stream).await.map_err(text)?;
                self.request(tls_stream, bytes_max).await
            }
        }
    }

    async fn request<S>(&self, stream: S, bytes_max: usize) -> Result<Vec<u8>, String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(text)?;
        let Endpoint {
            host, port, path, ..
        } = &self.endpoint;
        let request = Request::get(path)
            .header(header::HOST, format!("{host}:{port}"))
            .header(header::ACCEPT, "application/json")
            .body(Empty::<Bytes>::new())
            .map_err(text)?;
        let answer = async {
            let response = sender.send_request(request).await.map_err(text)?;
            if response.status() != StatusCode::OK {
                return Err(format!("status {}", response.status()));
            }
            let body = Limited::new(response.into_body(), bytes_max)
                .collect()
                .await;
            Ok(body.map_err(text)?.to_bytes().to_vec())
        };
        // The connection must be polled while the answer arrives. It may end before the answer is
        // read, also with an error, such as TLS without close_notify.
        tokio::pin!(answer);
        tokio::select! {
            answer = &mut answer => answer,
            _ = connection => answer.await,
        }
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn client(authorities: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = authorities {
        for certificate in tls::certificates(path).map_err(text)? {
            roots.add(certificate).map_err(text)?;
        }
    } else {
        let system = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(system.certs);
    }
    if roots.is_empty() {
        return Err("no certificate authority is known to check it with".to_owned());
    }
    let config = ClientConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()
        .map_err(text)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
