//! The health service answers anybody, so nobody may hold or ask for much.

use std::time::Duration;

use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_types::StatusExt as _;

use super::attack::{assert_served, channel_from, metric, refusals};
use super::server::Running;
use crate::support::Service;
use crate::support::command::Place;

async fn watch(channel: &Channel) -> Result<Streaming<HealthCheckResponse>, Status> {
    let mut client = HealthClient::new(channel.clone());
    let answers = client.watch(HealthCheckRequest::default()).await;
    answers.map(tonic::Response::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn health_watches_are_few_in_all_and_per_address() {
    let place = Place::new();
    let config = "[metrics]\nlisten = '127.0.0.1:0'\n\
                  [health]\nwatches_max = 6\nwatches_per_address_max = 4\n\
                  calls = { per_second = 100000, burst = 100000 }\n";
    let running = Running::start(&place, config);
    let metrics = running.port("metrics");
    let honest = channel_from("127.0.0.3", &running.address).await;
    let resident = "process_resident_memory_bytes";
    let before = metric(&metrics, resident).await;

    let (mut open, mut refused) = (Vec::new(), 0);
    for _ in 0..4 {
        let channel = channel_from("127.0.0.1", &running.address).await;
        for _ in 0..120 {
            match watch(&channel).await {
                Ok(answers) => open.push(answers),
                Err(status) => {
                    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
                    assert!(status.get_details_retry_info().is_some());
                    refused += 1;
                }
            }
        }
    }
    assert_eq!((open.len(), refused), (4, 476));
    assert!(metric(&metrics, resident).await < before + 64e6);
    assert_eq!(refusals(&metrics, "health_watch").await, 476.0);
    assert_eq!(metric(&metrics, "goodstanding_health_watches").await, 4.0);
    // Another address has two of those that are left in all.
    let other = channel_from("127.0.0.2", &running.address).await;
    for expected in [Code::Ok, Code::Ok, Code::ResourceExhausted] {
        let answers = watch(&other).await;
        let code = answers.as_ref().err().map_or(Code::Ok, Status::code);
        assert_eq!(code, expected);
        open.extend(answers.ok());
    }
    assert_served(&honest, None).await;
    for answers in &mut open {
        let first = answers.message().await.expect("an answer").expect("one");
        assert_eq!(first.status, 1, "serving");
    }
    // A watch that ends leaves its place to another.
    drop(open);
    for tried in 0.. {
        if watch(&other).await.is_ok() {
            break;
        }
        assert!(tried < 500, "no place is ever free");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_checks_have_a_rate_per_address() {
    let place = Place::new();
    let config = "[metrics]\nlisten = '127.0.0.1:0'\n\
                  [health]\ncalls = { per_second = 1, burst = 20 }\n";
    let running = Running::start(&place, config);
    let metrics = running.port("metrics");
    let mut asks = HealthClient::new(running.plain().await);
    let mut refused = 0;
    for number in 0..100 {
        match asks.check(HealthCheckRequest::default()).await {
            Ok(answer) => assert_eq!(answer.into_inner().status, 1),
            Err(status) => {
                assert!(number >= 20, "{status}");
                assert_eq!(status.code(), Code::ResourceExhausted);
                assert!(status.get_details_retry_info().is_some());
                refused += 1;
            }
        }
    }
    assert!(refused >= 60, "{refused}");
    assert_eq!(refusals(&metrics, "health_call").await, f64::from(refused));
    // Others may ask, and everything else is served.
    let other = channel_from("127.0.0.2", &running.address).await;
    let answer = HealthClient::new(other.clone())
        .check(HealthCheckRequest::default())
        .await;
    assert_eq!(answer.expect("answered").into_inner().status, 1);
    let unknown = HealthCheckRequest {
        service: "other".to_owned(),
    };
    let refused = HealthClient::new(other).check(unknown).await;
    assert_eq!(refused.expect_err("unknown").code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_watch_tells_the_end_and_does_not_hold_it_up() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let mut answers = watch(&service.channel).await.expect("open");
    let first = answers.message().await.expect("an answer").expect("one");
    assert_eq!(first.status, 1, "serving");
    service.interrupt();
    let last = answers.message().await.expect("an answer").expect("one");
    assert_eq!(last.status, 2, "not serving");
    assert_eq!(answers.message().await.expect("the end"), None);
    // The drain would wait ten seconds for an open stream.
    let ended = tokio::time::timeout(Duration::from_secs(8), service.terminate()).await;
    assert_eq!(ended, Ok(true));
}
