//! Callers behind a trusted proxy are counted by their own address, and nobody else is believed.

use std::time::Duration;

use ppp::v2;
use tonic::Code;

use super::attack::{HTTP2, begin, channel_after, channel_from, is_closed_within, refusals};
use super::raw::{call, call_with, code};
use super::server::{Running, with_tokens};
use super::tokens::Signer;
use crate::support::command::Place;

const STATUS: &str = "/goodstanding.v1.AdminService/GetStatus";
const PROXY: &str = "127.0.0.3";
const KEPT: Duration = Duration::from_millis(300);

/// A PROXY header of version 1.
fn text(client: &str) -> Vec<u8> {
    format!("PROXY TCP4 {client} 10.0.0.1 4711 443\r\n").into_bytes()
}

/// A PROXY header of version 2.
fn binary(client: [u8; 4]) -> Vec<u8> {
    let addresses = v2::IPv4::new(client, [10, 0, 0, 1], 4711, 443);
    let command = v2::Version::Two | v2::Command::Proxy;
    let header = v2::Builder::with_addresses(command, v2::Protocol::Stream, addresses);
    header.build().expect("a header")
}

#[tokio::test(flavor = "multi_thread")]
async fn proxy_protocol_counts_connections_by_client() {
    let place = Place::new();
    let config = format!(
        "[metrics]\nlisten = '127.0.0.1:0'\n[connections]\nconnections_per_address_max = 2\n\
         trusted_proxies = ['{PROXY}/32']\nforwarded_address = 'proxy-protocol'\n"
    );
    let running = Running::start(&place, &config);
    let metrics = running.port("metrics");
    let mut kept = Vec::new();
    // Both versions name the same client, so its third connection is one too many.
    for (header, stays) in [
        (text("203.0.113.1"), true),
        (binary([203, 0, 113, 1]), true),
        (text("203.0.113.1"), false),
        (text("203.0.113.2"), true),
    ] {
        let bytes = [header, HTTP2.to_vec()].concat();
        let mut stream = begin(PROXY, &running.address, &bytes).await;
        assert_eq!(!is_closed_within(&mut stream, KEPT).await, stays);
        kept.push(stream);
    }
    assert_eq!(refusals(&metrics, "connection_of_address").await, 1.0);
    let through = channel_after(PROXY, &running.address, text("203.0.113.3")).await;
    let answer = call(&through.expect("connected"), STATUS, None, &[]).await;
    assert_eq!(code(&answer), Code::Ok);
    // A trusted proxy must send the header.
    let mut without = begin(PROXY, &running.address, HTTP2).await;
    assert!(is_closed_within(&mut without, Duration::from_secs(5)).await);
    assert_eq!(refusals(&metrics, "proxy_header").await, 1.0);
    // Others are not asked for one, and theirs is no beginning of HTTP/2.
    let direct = channel_from("127.0.0.4", &running.address).await;
    assert_eq!(code(&call(&direct, STATUS, None, &[]).await), Code::Ok);
    let forged = [text("203.0.113.9"), HTTP2.to_vec()].concat();
    let mut forged = begin("127.0.0.4", &running.address, &forged).await;
    assert!(is_closed_within(&mut forged, Duration::from_secs(20)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn forwarded_headers_count_failures_by_client() {
    // The first hop is what a client wrote itself.
    for (header, before) in [
        ("x-forwarded-for", "10.9.9.9, "),
        ("forwarded", "for=10.9.9.9, for="),
    ] {
        let place = Place::new();
        let signer = Signer::ed25519("k1");
        // So slow that no test is slower.
        let config = with_tokens(&place, &[&signer])
            + &format!(
                "[rate]\nunknown = {{ per_second = 1, burst = 4 }}\n[connections]\n\
                 trusted_proxies = ['{PROXY}']\nforwarded_address = '{header}'\n"
            );
        let running = Running::start(&place, &config);
        let proxy = channel_from(PROXY, &running.address).await;
        let outsider = channel_from("127.0.0.4", &running.address).await;
        let ask = async |channel, client: &str| {
            let value = format!("{before}{client}");
            let headers = [(header, value.as_str())];
            code(&call_with(channel, STATUS, &headers, &[]).await)
        };
        let mut seen = Vec::new();
        for _ in 0..50 {
            seen.push(ask(&proxy, "203.0.113.1").await);
        }
        assert!(
            seen.contains(&Code::ResourceExhausted),
            "{header}: {seen:?}"
        );
        // Another client of the same proxy has not failed yet.
        assert_eq!(ask(&proxy, "203.0.113.2").await, Code::Unauthenticated);
        // Who is no proxy is counted by its own address, whatever it writes.
        let mut seen = Vec::new();
        for number in 0..50 {
            seen.push(ask(&outsider, &format!("203.0.113.{number}")).await);
        }
        assert!(
            seen.contains(&Code::ResourceExhausted),
            "{header}: {seen:?}"
        );
    }
}
