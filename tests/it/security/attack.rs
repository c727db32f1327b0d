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

/// Calls some hundred times, none of which may be refused. Returns the 99th percentile.
pub(crate) async fn p99(channel: &Channel, token: Option<&str>) -> Duration {
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
    percentile(took)
}

/// Checks that honest calls are answered, and in time in one round of five: an attack slows them all
/// down, and other work on the machine some.
pub(crate) async fn assert_served(channel: &Channel, token: Option<&str>) {
    let mut seen = Vec::new();
    while seen.len() < 5 {
        let round = p99(channel, token).await;
        if round < HONEST_MAX {
            return;
        }
        seen.push(round);
    }
    panic!("99 of 100 calls took up to {seen:?}");
}

/// Compares the 99th percentile with its bound, or with that of a calm time on a busy machine.
pub(crate) fn assert_quick(took: Vec<Duration>, calm: Duration) {
    let seen = percentile(took);
    let bound = HONEST_MAX.max(4 * calm);
    assert!(
        seen < bound,
        "99 of 100 calls took up to {seen:?}; {bound:?} is allowed"
    );
}

fn percentile(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() * 99 / 100 - 1]
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
