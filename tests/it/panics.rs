//! A panic of any worker thread is seen by probes, clients and scrapers, ends the process with a
//! code of its own, and loses nothing that was acknowledged.

use std::path::Path;
use std::time::Duration;

use crate::support::{Service, http_get};
use goodstanding::lab::simulate::{Config, Market};
use goodstanding::proto::v1::history_service_client::HistoryServiceClient;
use goodstanding::proto::v1::{Event, WatchAssessmentsRequest};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

const BATCH: usize = 500;
/// The documented exit code of a panic.
const PANICKED: i32 = 70;
/// Long enough for a busy machine; nothing here passes because it is short.
const PATIENCE: Duration = Duration::from_secs(60);

fn batches() -> Vec<Vec<Event>> {
    let events: Vec<Event> = Market::new(Config::sized(7, 3000))
        .take(3 * BATCH)
        .collect();
    events.chunks(BATCH).map(<[Event]>::to_vec).collect()
}

/// A service whose thread panics once the first batch is published.
async fn start(data: &Path, thread: &str) -> Service {
    let when = format!("{thread}@{BATCH}");
    let flags = ["--metrics-listen", "127.0.0.1:0", "--panic-for-tests"];
    Service::start_with(data, &[&flags[..], &[&when]].concat()).await
}

async fn health(service: &Service, name: &str) -> ServingStatus {
    let mut client = HealthClient::new(service.channel.clone());
    let service = name.to_owned();
    let answer = client.check(HealthCheckRequest { service }).await;
    answer.expect("an answer").into_inner().status()
}

async fn wait_for_panic(service: &Service) {
    let gone = async {
        while health(service, "").await == ServingStatus::Serving {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let gone = tokio::time::timeout(PATIENCE, gone).await;
    gone.expect("the service says that it does not serve");
}

/// What probes, clients and scrapers are told before the process ends.
async fn assert_told(service: &Service, thread: &str) {
    let cause = format!("the {thread} thread panicked: a test asked for it");
    let ingest = health(service, "goodstanding.v1.IngestService").await;
    assert_eq!(ingest, ServingStatus::NotServing);
    let refused = service.send(batches().remove(2)).await;
    let refused = refused.expect_err("writes are refused");
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    assert!(refused.message().contains(&cause), "{refused}");
    let status = service.status().await;
    assert!(!status.writable);
    assert!(status.refusal.contains(&cause), "{}", status.refusal);
    let metrics = service.metrics.as_deref().expect("an address");
    assert_eq!(http_get(metrics, "/readyz").await.0, 503);
    assert_eq!(http_get(metrics, "/healthz").await.0, 200);
    let (_, text) = http_get(metrics, "/metrics").await;
    let counted = format!("goodstanding_thread_panics_total{{thread=\"{thread}\"}} 1\n");
    assert!(text.contains(&counted), "{text}");
    assert!(text.contains("goodstanding_writable 0"), "{text}");
}

/// Every acknowledged event is there after a restart: sent again, none is new.
async fn assert_kept(data: &Path, acknowledged: &[Vec<Event>]) {
    let again = Service::start(data).await;
    let count = again.status().await.event_count;
    assert!(count >= (acknowledged.len() * BATCH) as u64, "{count}");
    for batch in acknowledged {
        let summary = again.send(batch.clone()).await.expect("taken");
        assert_eq!(summary.accepted, 0);
    }
    let summary = again.send(batches().remove(2)).await.expect("taken");
    assert!(summary.event_count > count);
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_on_the_way_of_events_refuses_the_batch_and_keeps_those_before() {
    for thread in ["writer", "committer"] {
        let directory = tempfile::tempdir().expect("a directory");
        let service = start(directory.path(), thread).await;
        assert_eq!(health(&service, "").await, ServingStatus::Serving);
        let [first, second, _] = batches().try_into().expect("three");
        service.send(first.clone()).await.expect("taken");
        let refused = service.send(second).await.expect_err("it was in flight");
        let cause = format!("the {thread} thread panicked: a test asked for it");
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
        assert!(refused.message().contains(&cause), "{refused}");
        wait_for_panic(&service).await;
        assert_told(&service, thread).await;
        assert_eq!(service.exit_code().await, Some(PANICKED));
        assert_kept(directory.path(), &[first]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_of_a_pass_ends_the_service() {
    for thread in ["evidence", "brand"] {
        let directory = tempfile::tempdir().expect("a directory");
        let service = start(directory.path(), thread).await;
        let first = batches().remove(0);
        service.send(first.clone()).await.expect("taken");
        wait_for_panic(&service).await;
        assert_told(&service, thread).await;
        assert_eq!(service.exit_code().await, Some(PANICKED));
        assert_kept(directory.path(), &[first]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_of_the_watch_thread_ends_its_streams_and_the_service() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = start(directory.path(), "watch").await;
    let [first, second, _] = batches().try_into().expect("three");
    service.send(first.clone()).await.expect("taken");
    let mut client = HistoryServiceClient::new(service.channel.clone());
    let begun = client.watch_assessments(WatchAssessmentsRequest::default());
    let mut notices = begun.await.expect("begun").into_inner();
    notices.message().await.expect("told").expect("a token");
    service.send(second.clone()).await.expect("taken");
    wait_for_panic(&service).await;
    let ended = async { while let Ok(Some(_)) = notices.message().await {} };
    let ended = tokio::time::timeout(PATIENCE, ended).await;
    ended.expect("the stream ends");
    assert_told(&service, "watch").await;
    drop((notices, client));
    assert_eq!(service.exit_code().await, Some(PANICKED));
    assert_kept(directory.path(), &[first, second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_of_the_last_checkpoint_sets_the_exit_code() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = start(directory.path(), "checkpoint").await;
    let first = batches().remove(0);
    service.send(first.clone()).await.expect("taken");
    service.interrupt();
    assert_eq!(service.exit_code().await, Some(PANICKED));
    assert_kept(directory.path(), &[first]).await;
}
