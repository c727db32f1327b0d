//! Probes are answered whatever idle connections there are.

use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::attack::{HTTP2, begin, channel_from, is_closed_within};
use super::server::Running;
use crate::support::command::Place;
use crate::support::http_get;

const CONFIG: &str = "[metrics]\nlisten = '127.0.0.1:0'\n[health]\nlisten = '127.0.0.1:0'\n";

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_keep_probes_out() {
    let place = Place::new();
    let running = Running::start(&place, CONFIG);
    for port in [running.port("metrics"), running.port("probes")] {
        let mut idle = Vec::new();
        for source in [
            "127.0.0.1",
            "127.0.0.2",
            "127.0.0.3",
            "127.0.0.4",
            "127.0.0.5",
        ] {
            for bytes in [HTTP2, b"", b"GET /readyz HTTP/1.1\r\n"] {
                for _ in 0..16 {
                    idle.push(begin(source, &port, bytes).await);
                }
            }
        }
        for path in ["/readyz", "/healthz"] {
            let start = Instant::now();
            assert_eq!(http_get(&port, path).await.0, 200);
            assert!(start.elapsed() < Duration::from_secs(2), "{path}");
        }
        let mut health = HealthClient::new(channel_from("127.0.0.1", &port).await);
        let start = Instant::now();
        let answer = health.check(HealthCheckRequest::default()).await;
        assert_eq!(answer.expect("answered").into_inner().status, 1);
        assert!(start.elapsed() < Duration::from_secs(2));
        // No idle connection stays for long, also without a need for its place.
        let mut last = begin("127.0.0.6", &port, HTTP2).await;
        assert!(is_closed_within(&mut last, Duration::from_secs(30)).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn port_of_probes_has_no_metrics_and_metrics_keep_their_probes() {
    let place = Place::new();
    let running = Running::start(&place, CONFIG);
    let (metrics, probes) = (running.port("metrics"), running.port("probes"));
    for (port, path, status) in [
        (&probes, "/readyz", 200),
        (&probes, "/healthz", 200),
        (&probes, "/metrics", 404),
        (&metrics, "/readyz", 200),
        (&metrics, "/metrics", 200),
    ] {
        assert_eq!(http_get(port, path).await.0, status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scrapes_beyond_two_are_refused_and_probes_answered() {
    let place = Place::new();
    let running = Running::start(&place, CONFIG);
    let metrics = running.port("metrics");
    let scrape = b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let mut scrapes = Vec::new();
    for source in ["127.0.0.1", "127.0.0.2", "127.0.0.3"] {
        for _ in 0..15 {
            scrapes.push(begin(source, &metrics, scrape).await);
        }
    }
    assert_eq!(http_get(&metrics, "/readyz").await.0, 200);
    let mut served = 0;
    for mut stream in scrapes {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let is_served = answer.starts_with("HTTP/1.1 200");
        assert!(is_served || answer.starts_with("HTTP/1.1 503"), "{answer}");
        served += u32::from(is_served);
    }
    assert!(served >= 1);
}
