//! Streams end with the token or certificate that opened them.

use std::time::{Duration, Instant};

use prost::Message as _;
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};

use goodstanding::proto::v1::{IngestRequest, WatchAssessmentsRequest};

use super::pki::Authority;
use super::raw::Raw;
use super::server::{Running, with_tokens};
use super::tokens::{Signer, claims, now, set};
use crate::support::command::Place;
use crate::support::{good_review, review};

const WATCH: &str = "/goodstanding.v1.HistoryService/WatchAssessments";
const INGEST: &str = "/goodstanding.v1.IngestService/Ingest";

/// Opens a watch, or a stream of batches that stays open.
async fn open(
    channel: &Channel,
    path: &'static str,
    token: Option<&str>,
) -> Result<Streaming<Vec<u8>>, Status> {
    use tokio_stream::StreamExt as _;
    let first = match path {
        WATCH => WatchAssessmentsRequest::default().encode_to_vec(),
        _ => IngestRequest {
            batch_number: 1,
            events: vec![review(good_review("r1"))],
        }
        .encode_to_vec(),
    };
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.expect("connected");
    let messages = tokio_stream::once(first);
    let asked = if path == WATCH {
        Request::new(
            Box::pin(messages) as std::pin::Pin<Box<dyn tokio_stream::Stream<Item = _> + Send>>
        )
    } else {
        Request::new(Box::pin(messages.chain(tokio_stream::pending())) as _)
    };
    let mut asked = asked;
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().expect("ASCII");
        asked.metadata_mut().insert("authorization", value);
    }
    let path = http::uri::PathAndQuery::from_static(path);
    let mut answers = client.streaming(asked, path, Raw).await?.into_inner();
    answers.message().await?.expect("a first answer");
    Ok(answers)
}

/// Waits until a stream ends; its status, and how long it took.
async fn end(mut stream: Streaming<Vec<u8>>) -> (Status, Duration) {
    let start = Instant::now();
    let ended = async {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("ended without a reason"),
                Err(status) => return status,
            }
        }
    };
    let status = tokio::time::timeout(Duration::from_secs(20), ended).await;
    (status.expect("it ends"), start.elapsed())
}

fn assert_ended(status: &Status, what: &str) {
    assert_eq!(status.code(), Code::Unauthenticated, "{what}: {status}");
    assert!(
        status.message().contains("open it again"),
        "{what}: {status}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_ends_when_its_token_expires() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let config = with_tokens(&place, &[&signer]) + "leeway = \"0s\"\n";
    let running = Running::start(&place, &config);
    let channel = running.plain().await;
    let mut short = claims("platform", &[]);
    short["exp"] = (now() + 4).into();
    let short = signer.sign(&short);
    let streams = [
        open(&channel, WATCH, Some(&short)).await.expect("open"),
        open(&channel, INGEST, Some(&short)).await.expect("open"),
    ];
    let lasting = open(&channel, WATCH, Some(&signer.platform()))
        .await
        .expect("open");
    for stream in streams {
        let (status, took) = end(stream).await;
        assert_ended(&status, "an expired token");
        assert!(took < Duration::from_secs(8), "{took:?}");
    }
    let mut lasting = lasting;
    let more = tokio::time::timeout(Duration::from_millis(500), lasting.message()).await;
    assert!(more.is_err(), "the other stream goes on: {more:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_ends_when_its_key_is_removed() {
    let place = Place::new();
    let (kept, removed) = (Signer::ed25519("k1"), Signer::ed25519("k2"));
    let config = with_tokens(&place, &[&kept, &removed]) + "[auth]\nrecheck_every = \"1s\"\n";
    let running = Running::start(&place, &config);
    let channel = running.plain().await;
    let token = removed.platform();
    let streams = [
        open(&channel, WATCH, Some(&token)).await.expect("open"),
        open(&channel, INGEST, Some(&token)).await.expect("open"),
    ];
    let mut lasting = open(&channel, WATCH, Some(&kept.platform()))
        .await
        .expect("open");
    place.file("keys.json", set(&[&kept]));
    for stream in streams {
        assert_ended(&end(stream).await.0, "a removed key");
    }
    let more = tokio::time::timeout(Duration::from_millis(1500), lasting.message()).await;
    assert!(more.is_err(), "the other stream goes on: {more:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_ends_with_its_certificate_or_its_authority() {
    let place = Place::new();
    let (authority, clients) = (Authority::new("servers"), Authority::new("clients"));
    let server = authority.server();
    let config = format!(
        "[tls]\ncertificate = '{}'\nkey = '{}'\nclient_ca = '{}'\nreload_every = '100ms'\n\
         [auth]\nrecheck_every = '1s'\n\
         [[auth.clients]]\nname = 'platform.example'\nrole = 'platform'\n",
        place.file("tls.crt", &server.certificate),
        place.file("tls.key", &server.key),
        place.file("clients.crt", &clients.pem),
    );
    let running = Running::start(&place, &config);
    let short = clients.client_until(&["platform.example"], now() + 5);
    let channel = running
        .secure(&authority.pem, Some(&short))
        .await
        .expect("open");
    let expiring = open(&channel, INGEST, None).await.expect("open");
    let long = clients.client(&["platform.example"]);
    let channel = running
        .secure(&authority.pem, Some(&long))
        .await
        .expect("open");
    let lasting = open(&channel, WATCH, None).await.expect("open");
    assert_ended(&end(expiring).await.0, "an expired certificate");
    // Another authority takes the place of the one before.
    place.file("clients.crt", Authority::new("others").pem);
    assert_ended(&end(lasting).await.0, "a removed authority");
}
