//! What is too much is refused, and says when to come again.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;
use tonic_types::StatusExt as _;

use tonic::transport::Channel;

use super::attack::{assert_quick, p99};
use super::pki::Authority;
use super::raw::{call, code};
use super::server::{Running, with_tokens};
use super::tokens::{Signer, claims};
use crate::support::command::Place;

const STATUS: &str = "/goodstanding.v1.AdminService/GetStatus";

#[tokio::test(flavor = "multi_thread")]
async fn rate_limit_is_per_caller() {
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
    let platform = signer.platform();
    let answer = call(&channel, STATUS, Some(&platform), &[]).await;
    assert_eq!(code(&answer), Code::Ok);
    for _ in 0..50 {
        let health = call(&channel, "/grpc.health.v1.Health/Check", None, &[]).await;
        assert_eq!(code(&health), Code::Ok);
    }
    // A token that was refused too often is told to wait.
    let guess = Signer::ed25519("k1").operator();
    let mut seen = Vec::new();
    for _ in 0..50 {
        seen.push(code(&call(&channel, STATUS, Some(&guess), &[]).await));
    }
    assert_eq!(seen[0], Code::Unauthenticated);
    assert!(seen.contains(&Code::ResourceExhausted));
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_others_at_an_address_lock_out_no_good_token() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    // So slow that no test is slower.
    let config =
        with_tokens(&place, &[&signer]) + "[rate]\nunknown = { per_second = 1, burst = 4 }\n";
    let running = Running::start(&place, &config);
    let channel = running.plain().await;
    let calm = p99(&channel, Some(&signer.platform())).await;
    let attacks = (0..4).map(|_| {
        let channel = channel.clone();
        tokio::spawn(async move {
            let other = Signer::ed25519("k1");
            let mut seen = Vec::new();
            for number in 0..200 {
                // Each guess is another token.
                let mut guess = claims("operator", &[]);
                guess["jti"] = number.into();
                let guess = other.sign(&guess);
                for token in [None, Some(guess.as_str())] {
                    seen.push(code(&call(&channel, STATUS, token, &[]).await));
                }
            }
            seen
        })
    });
    let attacks: Vec<_> = attacks.collect();
    // Each call of the honest caller has a token that was never seen before.
    let mut took = Vec::new();
    for number in 0..100 {
        let mut fresh = claims("operator", &[]);
        fresh["jti"] = number.into();
        fresh["sub"] = format!("honest {number}").into();
        let fresh = signer.sign(&fresh);
        let start = Instant::now();
        let answer = call(&channel, STATUS, Some(&fresh), &[]).await;
        took.push(start.elapsed());
        assert_eq!(code(&answer), Code::Ok, "{answer:?}");
    }
    assert_quick(took, calm);
    for attack in attacks {
        let seen = attack.await.expect("joined");
        assert!(!seen.contains(&Code::Ok));
        let waits = seen.iter().filter(|code| **code == Code::ResourceExhausted);
        assert!(waits.count() > 100, "guesses are told to wait");
    }
}

/// Calls until it is too much.
async fn exhaust(channel: &Channel, token: Option<&str>) {
    for _ in 0..50 {
        let code = code(&call(channel, STATUS, token, &[]).await);
        if code == Code::ResourceExhausted {
            return;
        }
        assert_eq!(code, Code::Ok);
    }
    panic!("it is never too much");
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_of_one_role_have_separate_rates() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let (authority, clients) = (Authority::new("servers"), Authority::new("clients"));
    let server = authority.server();
    // So slow that no test is slower.
    let config = with_tokens(&place, &[&signer])
        + &format!(
            "[tls]\ncertificate = '{}'\nkey = '{}'\nclient_ca = '{}'\n\
             [[auth.clients]]\nname = 'one.example'\nrole = 'platform'\n\
             [[auth.clients]]\nname = 'two.example'\nrole = 'platform'\n\
             [rate]\nplatform = {{ per_second = 1, burst = 5 }}\n",
            place.file("tls.crt", &server.certificate),
            place.file("tls.key", &server.key),
            place.file("clients.crt", &clients.pem),
        );
    let running = Running::start(&place, &config);
    let connect = async |name: &str| {
        let pair = clients.client(&[name]);
        let channel = running.secure(&authority.pem, Some(&pair)).await;
        channel.expect("connected")
    };
    let (one, two) = (connect("one.example").await, connect("two.example").await);
    exhaust(&one, None).await;
    assert_eq!(code(&call(&two, STATUS, None, &[]).await), Code::Ok);
    // Another connection is the same caller.
    let again = connect("one.example").await;
    let answer = call(&again, STATUS, None, &[]).await;
    assert_eq!(code(&answer), Code::ResourceExhausted);

    // By the subjects of tokens, over one connection; a subject is none that a certificate names.
    let token = |subject: &str| {
        let mut claims = claims("platform", &[]);
        claims["sub"] = subject.into();
        signer.sign(&claims)
    };
    let plain = running.secure(&authority.pem, None).await.expect("open");
    exhaust(&plain, Some(&token("a"))).await;
    for other in ["b", "two.example"] {
        let answer = call(&plain, STATUS, Some(&token(other)), &[]).await;
        assert_eq!(code(&answer), Code::Ok, "{other}");
    }
    let mut renewed = claims("platform", &[]);
    renewed["sub"] = "a".into();
    renewed["jti"] = "another".into();
    let answer = call(&plain, STATUS, Some(&signer.sign(&renewed)), &[]).await;
    assert_eq!(code(&answer), Code::ResourceExhausted, "a new token of a");
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_are_closed() {
    let place = Place::new();
    let running = Running::start(&place, "[connections]\nhandshake_max = '1s'\n");
    let speaking = running.plain().await;
    // Also who says so little that nobody knows what it speaks.
    for said in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r"] {
        let mut silent = TcpStream::connect(&running.address)
            .await
            .expect("connected");
        silent.write_all(said).await.expect("written");
        let mut byte = [0; 64];
        // The end comes by itself, after what the service had to say.
        let ends = async { while silent.read(&mut byte).await.is_ok_and(|read| read > 0) {} };
        let ended = tokio::time::timeout(Duration::from_secs(30), ends).await;
        assert!(ended.is_ok(), "{} bytes keep a place", said.len());
    }
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
