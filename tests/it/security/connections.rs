//! No address takes all connections, and none keeps one that it does not use.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::Code;

use super::attack::{HTTP2, assert_served, begin, channel_from, is_closed_within, refusals};
use super::raw::{code, open};
use super::server::{Running, with_tokens};
use super::tokens::Signer;
use crate::support::command::Place;

const STATUS: &str = "/goodstanding.v1.AdminService/GetStatus";
const WATCH: &str = "/goodstanding.v1.HistoryService/WatchAssessments";
/// Longer than any wait that a test expects to end.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_take_all_connections() {
    let place = Place::new();
    let config = "[metrics]\nlisten = '127.0.0.1:0'\n\
                  [connections]\nconnections_max = 40\nconnections_per_address_max = 10\n";
    let running = Running::start(&place, config);
    let metrics = running.port("metrics");
    let mut taken = Vec::new();
    for _ in 0..60 {
        taken.push(begin("127.0.0.2", &running.address, HTTP2).await);
    }
    let honest = channel_from("127.0.0.1", &running.address).await;
    assert_served(&honest, None).await;
    let mut kept = 0;
    for stream in &mut taken {
        kept += u32::from(!is_closed_within(stream, Duration::from_millis(200)).await);
    }
    assert_eq!(kept, 10);
    assert_eq!(refusals(&metrics, "connection_of_address").await, 50.0);
    assert_served(&honest, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_never_ends_is_given_up() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let config = with_tokens(&place, &[&signer])
        + "[metrics]\nlisten = '127.0.0.1:0'\n\
           [web]\nallowed_origins = ['https://portal.example']\n\
           [limits]\ncalls_in_flight_max = 16\n[connections]\nbody_max = '1s'\n";
    let running = Running::start(&place, &config);
    let metrics = running.port("metrics");
    let platform = signer.platform();
    // As a page would over HTTP/1.1, but the announced bytes never come.
    let head = format!(
        "POST {STATUS} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {platform}\r\n\
         Content-Type: application/grpc-web+proto\r\nContent-Length: 1000\r\n\r\n\0\0\0"
    );
    let mut slow = Vec::new();
    for _ in 0..8 {
        slow.push(begin("127.0.0.1", &running.address, head.as_bytes()).await);
    }
    for stream in &mut slow {
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let ended = tokio::time::timeout(PATIENCE, read).await;
        ended.expect("it ends").expect("an answer");
        let answer = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        assert!(
            answer.contains("grpc-status: 4") || answer.contains("grpc-status:4"),
            "{answer}"
        );
    }
    // The same over HTTP/2, where the connection goes on.
    let channel = running.plain().await;
    let bearer = format!("Bearer {platform}");
    let headers = [("authorization", bearer.as_str())];
    let late = open(&channel, STATUS, &headers, tokio_stream::pending()).await;
    assert_eq!(code(&late), Code::DeadlineExceeded);
    assert_eq!(refusals(&metrics, "slow_body").await, 9.0);
    assert_served(&channel, Some(&platform)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connection_without_a_call_is_closed_and_open_stream_kept() {
    let place = Place::new();
    let config = "[web]\nallowed_origins = ['https://portal.example']\n\
                  [connections]\nidle_max = '1s'\n";
    let running = Running::start(&place, config);
    let watching = channel_from("127.0.0.1", &running.address).await;
    let request = tokio_stream::once(Vec::new());
    let mut answers = open(&watching, WATCH, &[], request).await.expect("open");
    let ended = tokio::spawn(async move { while let Ok(Some(_)) = answers.message().await {} });
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for bytes in [HTTP2, get, b"POST / HTTP/1.1\r\nHost: abcdefgh\r\n"] {
        let mut idle = begin("127.0.0.1", &running.address, bytes).await;
        assert!(is_closed_within(&mut idle, PATIENCE).await);
    }
    // It answers pings, and has no call all the same.
    let resting = running.plain().await;
    assert_served(&resting, None).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!ended.is_finished(), "an open stream is no idle connection");
    // A client connects again by itself.
    let mut tries = 0;
    while code(&super::raw::call(&resting, STATUS, None, &[]).await) != Code::Ok {
        tries += 1;
        assert!(tries < 10, "it is never served again");
    }
    ended.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn connection_that_answers_no_ping_is_closed() {
    let place = Place::new();
    let config = "[connections]\nkeepalive_interval = '1s'\nkeepalive_timeout = '1s'\n";
    let running = Running::start(&place, config);
    let mut silent = begin("127.0.0.1", &running.address, HTTP2).await;
    silent.flush().await.expect("sent");
    assert!(is_closed_within(&mut silent, PATIENCE).await);
}
