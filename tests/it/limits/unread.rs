//! Answers that nobody reads: counted, bounded, and dropped after a while.

use std::time::Duration;

use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{IngestRequest, ListAssessmentsRequest, Review, SubjectKind};
use prost::Message as _;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use super::watched::{MIB, Watch};
use crate::security::attack::metric;
use crate::security::raw::Raw;
use crate::support::command::Place;
use crate::support::{Service, market, review};

const INGEST: &str = "/goodstanding.v1.IngestService/Ingest";

/// Little memory, so that a small attack meets its bound.
fn little(mib: u64) -> String {
    format!("[limits]\nmemory = \"{mib} MiB\"\nanswer_max = \"2s\"\n")
}

/// The limit of memory of the service that streams attack. It has some 60 MiB of its own.
const STREAMS_MIB: u64 = 160;

/// A connection whose client takes no byte of any answer.
async fn deaf(service: &Service) -> Channel {
    let endpoint = Channel::from_shared(service.url.clone()).expect("an address");
    endpoint
        .initial_stream_window_size(0)
        .connect()
        .await
        .expect("connected")
}

/// A batch whose answer is large: every event is rejected, with several faults.
fn rejected() -> Vec<u8> {
    let wrong = Review {
        marketplace: "a place of too many words ".repeat(6),
        reviewer_id: "\u{7}".to_owned(),
        rating: 17,
        ..Review::default()
    };
    IngestRequest {
        batch_number: 1,
        events: vec![review(wrong); 600],
    }
    .encode_to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn ingest_streams_that_read_no_answer_take_bounded_memory() {
    let place = Place::new();
    let config = place.file("goodstanding.toml", little(STREAMS_MIB));
    let flags = ["--config", &config, "--metrics-listen", "127.0.0.1:0"];
    let service = Service::start_with(&place.path("data"), &flags).await;
    let watch = Watch::begin(service.pid(), service.connect().await, None).await;
    let batch = rejected();
    let mut streams = JoinSet::new();
    for _ in 0..4 {
        let channel = deaf(&service).await;
        for _ in 0..25 {
            let mut client = tonic::client::Grpc::new(channel.clone());
            let batches = tokio_stream::iter(vec![batch.clone(); 4]);
            streams.spawn(async move {
                client.ready().await.expect("connected");
                let path = http::uri::PathAndQuery::from_static(INGEST);
                let answers = client.streaming(Request::new(batches), path, Raw).await;
                // Kept open, and never read.
                tokio::time::sleep(Duration::from_secs(60)).await;
                drop(answers);
            });
        }
    }
    tokio::time::sleep(Duration::from_secs(8)).await;
    let figures = watch.end().await;
    figures.assert("100 streams without a reader", 96 * MIB);
    assert!(figures.anonymous < STREAMS_MIB * MIB, "{figures:?}");
    let metrics = service.metrics.as_ref().expect("served");
    let mut refused = 0.0;
    for cause in ["resident", "shed"] {
        refused += metric(
            metrics,
            &format!("goodstanding_refusals_total{{cause=\"{cause}\"}}"),
        )
        .await;
    }
    assert!(refused > 0.0, "nothing was refused for the memory");
    streams.abort_all();
    send_at_last(&service).await;
}

/// Sends a batch, and comes again for as long as it is told to.
async fn send_at_last(service: &Service) {
    for tried in 0.. {
        match service.send(market(1, 50)).await {
            Ok(_) => return,
            Err(status) => {
                assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
                assert!(status.get_details_retry_info().is_some(), "{status}");
                assert!(tried < 30, "{status}");
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_with_a_closed_window_take_bounded_memory_and_end() {
    let place = Place::new();
    let config = place.file("goodstanding.toml", little(256));
    let flags = ["--config", &config, "--metrics-listen", "127.0.0.1:0"];
    let service = Service::start_with(&place.path("data"), &flags).await;
    for batch in market(2, 4000).chunks(2000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    service.settle().await;
    let list = ListAssessmentsRequest {
        kind: SubjectKind::Reviewer.into(),
        page_size: 1000,
        ..ListAssessmentsRequest::default()
    };
    let mut honest = IntegrityServiceClient::new(service.channel.clone())
        .max_decoding_message_size(64 * 1024 * 1024);
    honest.list_assessments(list.clone()).await.expect("a page");
    let watch = Watch::begin(service.pid(), service.connect().await, None).await;
    let mut calls = JoinSet::new();
    for _ in 0..2 {
        let channel = deaf(&service).await;
        for _ in 0..40 {
            let mut client = IntegrityServiceClient::new(channel.clone())
                .max_decoding_message_size(64 * 1024 * 1024);
            let list = list.clone();
            calls.spawn(async move { client.list_assessments(list).await.map(|_| ()) });
        }
    }
    tokio::time::sleep(Duration::from_secs(6)).await;
    while let Some(ended) = calls.try_join_next() {
        let status = ended.expect("joined").expect_err("no byte was taken");
        let code = status.code();
        assert_eq!(code, Code::ResourceExhausted, "{status}");
    }
    watch
        .end()
        .await
        .assert("80 lists without a window", 200 * MIB);
    let metrics = service.metrics.as_ref().expect("served");
    // Which one comes first depends on how fast the machine is.
    let mut ended = 0.0;
    for cause in ["answer_unread", "resident", "shed", "memory"] {
        let series = format!("goodstanding_refusals_total{{cause=\"{cause}\"}}");
        ended += metric(metrics, &series).await;
    }
    assert!(ended > 0.0, "nothing was dropped or refused");
    // What nobody took is gone, and its places and memory are free again.
    calls.abort_all();
    let mut freed = false;
    for _ in 0..100 {
        freed = honest.list_assessments(list.clone()).await.is_ok();
        if freed {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(freed, "memory is still in use after 10 s");
}
