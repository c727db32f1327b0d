//! Connections as attackers and proxies make them, and how honest callers fare meanwhile.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use goodstanding::proto::v1::{ListAssessmentsRequest, SubjectKind};
use hyper_util::rt::TokioIo;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tonic::transport::{Channel, Endpoint, Uri};

use super::raw::call;

/// The preface of HTTP/2 with empty settings, after which a client may be silent.
pub(crate) const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Bound of the 99th percentile of honest calls.
const HONEST_MAX: Duration = Duration::from_millis(250);

/// Connects from an address of loopback.
pub(crate) async fn socket(source: &str, address: &str) -> std::io::Result<TcpStream> {
    let source: IpAddr = source.parse().expect("an address");
    let address: SocketAddr = address.parse().expect("an address");
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(source, 0))?;
    socket.connect(address).await
}

/// Connects from an address of loopback, sends some bytes first, and speaks HTTP/2 after them.
pub(crate) async fn channel_after(
    source: &'static str,
    address: &str,
    first: Vec<u8>,
) -> Result<Channel, tonic::transport::Error> {
    let target = address.to_owned();
    let connector = tower::service_fn(move |_: Uri| {
        let (target, first) = (target.clone(), first.clone());
        async move {
            let mut stream = socket(source, &target).await?;
            stream.write_all(&first).await?;
            Ok::<_, std::io::Error>(TokioIo::new(stream))
        }
    });
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
    endpoint.connect_with_connector(connector).await
}

/// Connects from an address of loopback.
pub(crate) async fn channel_from(source: &'static str, address: &str) -> Channel {
    let channel = channel_after(source, address, Vec::new()).await;
    channel.expect("connected")
}

/// Connects and sends the beginning of HTTP/2, or of anything else.
pub(crate) async fn begin(source: &str, address: &str, bytes: &[u8]) -> TcpStream {
    let mut stream = socket(source, address).await.expect("connected");
    // The service may have closed it already.
    let _ = stream.write_all(bytes).await;
    stream
}

/// Whether the service closes a connection within a time.
pub(crate) async fn is_closed_within(stream: &mut TcpStream, patience: Duration) -> bool {
    let mut bytes = [0; 1024];
    let ends = async { while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {} };
    tokio::time::timeout(patience, ends).await.is_ok()
}

/// Calls some hundred times, none of which may be refused or slow.
pub(crate) async fn assert_served(channel: &Channel, token: Option<&str>) {
    let path = "/goodstanding.v1.IntegrityService/ListAssessments";
    let request = ListAssessmentsRequest {
        kind: SubjectKind::Listing.into(),
        ..ListAssessmentsRequest::default()
    };
    let request = request.encode_to_vec();
    let mut took = Vec::new();
    for _ in 0..200 {
        let start = Instant::now();
        let answer = call(channel, path, token, &request).await;
        took.push(start.elapsed());
        assert!(answer.is_ok(), "{answer:?}");
    }
    assert_quick(took);
}

/// Compares the 99th percentile with its bound.
pub(crate) fn assert_quick(mut took: Vec<Duration>) {
    took.sort_unstable();
    let p99 = took[took.len() * 99 / 100 - 1];
    assert!(p99 < HONEST_MAX, "99 of 100 calls took up to {p99:?}");
}

/// The value of a series among metrics.
pub(crate) async fn metric(metrics: &str, series: &str) -> f64 {
    let (_, text) = crate::support::http_get(metrics, "/metrics").await;
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    let value = line.and_then(|value| value.trim().parse().ok());
    value.unwrap_or_else(|| panic!("no {series} in {text}"))
}

/// How often the transport refused for a reason.
pub(crate) async fn refusals(metrics: &str, reason: &str) -> f64 {
    let series = format!("goodstanding_transport_refusals_total{{reason=\"{reason}\"}}");
    metric(metrics, &series).await
}
