//! What is too much is refused, and says when to come again.

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::raw::{call, code};
use super::server::{Running, with_tokens};
use super::support::command::Place;
use super::tokens::Signer;

const STATUS: &str = "/goodstanding.v1.AdminService/GetStatus";

#[tokio::test(flavor = "multi_thread")]
async fn each_caller_has_a_rate_of_its_own() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    // So slow that no test is slower.
    let config = with_tokens(&place, &[&signer])
        + "[rate]\noperator = { per_second = 1, burst = 3 }\n\
           seller = { per_second = 1, burst = 2 }\nunknown = { per_second = 1, burst = 4 }\n";
    let running = Running::start(&place, &config);
    let channel = running.plain().await;
    let operator = signer.operator();
    let mut refused = None;
    for _ in 0..50 {
        if let Err(status) = call(&channel, STATUS, Some(&operator), &[]).await {
            refused = Some(status);
            break;
        }
    }
    let refused = refused.expect("at last");
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let details = refused
        .get_details_retry_info()
        .expect("when to come again");
    let wait = details.retry_delay.expect("a time");
    assert!(
        wait > std::time::Duration::ZERO && wait.as_secs() <= 1,
        "{wait:?}"
    );
    // Others are not held back, nor are probes of health.
    assert_eq!(
        code(&call(&channel, STATUS, Some(&signer.platform()), &[]).await),
        Code::Ok
    );
    for _ in 0..50 {
        let health = call(&channel, "/grpc.health.v1.Health/Check", None, &[]).await;
        assert_eq!(code(&health), Code::Ok);
    }
    // Who guesses is not even looked at after a while; but then a good token waits as well.
    let guess = Signer::ed25519("k1").operator();
    let mut seen = Vec::new();
    for _ in 0..50 {
        seen.push(code(&call(&channel, STATUS, Some(&guess), &[]).await));
    }
    assert_eq!(seen[0], Code::Unauthenticated);
    assert!(seen.contains(&Code::ResourceExhausted));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_nothing_is_let_go() {
    let place = Place::new();
    let running = Running::start(&place, "[connections]\nhandshake_max = '1s'\n");
    let speaking = running.plain().await;
    let mut silent = TcpStream::connect(&running.address)
        .await
        .expect("connected");
    let mut byte = [0; 64];
    // The end comes by itself, after what the service had to say.
    while silent.read(&mut byte).await.is_ok_and(|read| read > 0) {}
    // Who has spoken may rest for longer.
    let health = call(&speaking, "/grpc.health.v1.Health/Check", None, &[]).await;
    assert_eq!(code(&health), Code::Ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_and_headers_are_bounded() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let config = with_tokens(&place, &[&signer])
        + "[connections]\nconnections_max = 2\nheader_max = '4 KiB'\n";
    let running = Running::start(&place, &config);
    let first = running.plain().await;
    let second = running.plain().await;
    let third = tonic::transport::Channel::from_shared(format!("http://{}", running.address));
    let third = third.expect("an address").connect().await;
    let failed = match &third {
        Err(_) => true,
        Ok(channel) => {
            code(&call(channel, "/grpc.health.v1.Health/Check", None, &[]).await) != Code::Ok
        }
    };
    assert!(failed, "a third connection is one too many");
    running.wait_for("no room for more connections");
    drop(second);
    // A place that is free again is given away.
    let mut tries = 0;
    loop {
        let again = tonic::transport::Channel::from_shared(format!("http://{}", running.address));
        if let Ok(channel) = again.expect("an address").connect().await
            && code(&call(&channel, "/grpc.health.v1.Health/Check", None, &[]).await) == Code::Ok
        {
            break;
        }
        tries += 1;
        assert!(tries < 500, "the place is never free");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let long = "x".repeat(20_000);
    let answer = call(&first, STATUS, Some(&long), &[]).await;
    assert_ne!(code(&answer), Code::Ok);
    // The connection may have ended over it: the channel makes another one.
    let mut tries = 0;
    while code(&call(&first, STATUS, Some(&signer.operator()), &[]).await) != Code::Ok {
        tries += 1;
        assert!(tries < 500, "it is never served again");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
