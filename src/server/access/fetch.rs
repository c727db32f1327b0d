//! One small document over HTTP, as a key set is.

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

/// How long an answer may take, connecting included.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Where a document is. Redirects are not followed.
pub(super) struct Address {
    host: String,
    port: u16,
    path: String,
    /// None for plain http, which only loopback may have.
    tls: Option<Arc<ClientConfig>>,
}

impl Address {
    /// Whether an address can be used: https, or http to loopback.
    pub(super) fn parse(url: &str) -> Result<(String, u16, String, bool), String> {
        let uri: Uri = url
            .parse()
            .map_err(|error| format!("is {url:?}: {error}"))?;
        let host = uri
            .host()
            .ok_or_else(|| format!("is {url:?}, which has no host"))?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = bare == "localhost"
            || bare
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_loopback => false,
            _ => {
                return Err(format!(
                    "is {url:?}; https is required, or http to loopback"
                ));
            }
        };
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok((bare.to_owned(), port, path.to_owned(), secure))
    }

    pub(super) fn open(url: &str, authorities: Option<&Path>) -> Result<Self, String> {
        let (host, port, path, secure) = Self::parse(url)?;
        let tls = if secure {
            Some(client(authorities)?)
        } else {
            None
        };
        Ok(Self {
            host,
            port,
            path,
            tls,
        })
    }

    /// The document, when it is there, not larger than allowed, and comes in time.
    pub(super) async fn get(&self, bytes_max: usize) -> Result<Vec<u8>, String> {
        let (host, port) = (&self.host, self.port);
        let said = |error: String| format!("{host}:{port}: {error}");
        match tokio::time::timeout(ANSWER_MAX, self.ask(bytes_max)).await {
            Ok(answer) => answer.map_err(said),
            Err(_) => Err(said(format!("no answer within {} s", ANSWER_MAX.as_secs()))),
        }
    }

    async fn ask(&self, bytes_max: usize) -> Result<Vec<u8>, String> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.map_err(text)?;
        match &self.tls {
            None => self.request(stream, bytes_max).await,
            Some(config) => {
                let name = ServerName::try_from(self.host.clone()).map_err(text)?;
                let connector = TlsConnector::from(Arc::clone(config));
                let stream = connector.connect(name, stream).await.map_err(text)?;
                self.request(stream, bytes_max).await
            }
        }
    }

    async fn request<S>(&self, stream: S, bytes_max: usize) -> Result<Vec<u8>, String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(text)?;
        let request = Request::get(&self.path)
            .header(header::HOST, format!("{}:{}", self.host, self.port))
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
        // The connection has to be driven while the answer comes. One that ends may have brought
        // all of it, also when it ends badly, as without TLS's own farewell.
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
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
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
