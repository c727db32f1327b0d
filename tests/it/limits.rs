//! Deadlines, compression, load shedding, and attacks on memory and time.

mod malformed;
mod one_caller;
mod small_messages;
mod unread;
mod watched;

use std::time::Duration;

use crate::support::{Service, market};
use goodstanding::lab::simulate::{Config, Market};
use goodstanding::proto::v1::admin_service_client::AdminServiceClient;
use goodstanding::proto::v1::ingest_service_client::IngestServiceClient;
use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{
    GetStatusRequest, IngestBatchRequest, ListAssessmentsRequest, SubjectKind,
};
use tonic::codec::CompressionEncoding;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn calls_above_limit_are_refused_until_a_deadline_frees_permits() {
    let place = crate::support::command::Place::new();
    let config = place.file("goodstanding.toml", "[limits]\ncalls_in_flight_max = 1\n");
    let service = Service::start_with(&place.path("data"), &["--config", &config]).await;
    let events: Vec<_> = market(2, 4000);
    for batch in events.chunks(2000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let rank = |channel, timeout: Duration| {
        let mut client =
            IntegrityServiceClient::new(channel).max_decoding_message_size(64 * 1024 * 1024);
        async move {
            let mut request = Request::new(ListAssessmentsRequest {
                kind: SubjectKind::Reviewer.into(),
                page_size: 1000,
                ..ListAssessmentsRequest::default()
            });
            request.set_timeout(timeout);
            client.list_assessments(request).await.map(|_| ())
        }
    };
    // Many at once: one is worked on, most others are told to come back.
    let patient = Duration::from_secs(60);
    let calls: Vec<_> = (0..40)
        .map(|_| tokio::spawn(rank(service.channel.clone(), patient)))
        .collect();
    let (mut served, mut shed) = (0, 0);
    for call in calls {
        match call.await.expect("joined") {
            Ok(()) => served += 1,
            Err(refused) => {
                assert_eq!(refused.code(), Code::ResourceExhausted, "{refused}");
                let retry = refused.get_details_retry_info().expect("when to retry");
                assert!(retry.retry_delay.is_some());
                shed += 1;
            }
        }
    }
    assert!(served >= 1 && shed >= 1, "{served} served, {shed} shed");
    // Health is asked whatever the load.
    let mut health = HealthClient::new(service.channel.clone());
    let answer = health.check(HealthCheckRequest::default()).await;
    assert_eq!(answer.expect("answered").into_inner().status, 1);

    // A call whose time is over ends, and the place that it held is free.
    let over = rank(service.channel.clone(), Duration::from_nanos(1)).await;
    let over = over.expect_err("no time at all");
    assert!(
        matches!(over.code(), Code::DeadlineExceeded | Code::Cancelled),
        "{over}"
    );
    // The work itself ends at its next look at the flag.
    for tried in 0.. {
        match rank(service.channel.clone(), patient).await {
            Ok(()) => break,
            Err(refused) => assert!(
                refused.code() == Code::ResourceExhausted && tried < 500,
                "{refused}"
            ),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_is_accepted_and_served_on_request() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let events: Vec<_> = Market::new(Config::sized(2, 1000)).take(500).collect();
    let mut ingest = IngestServiceClient::new(service.channel.clone())
        .send_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Gzip);
    let answer = ingest.ingest_batch(IngestBatchRequest { events }).await;
    let answer = answer.expect("taken");
    let encoding = answer.metadata().get("grpc-encoding").cloned();
    assert_eq!(encoding.expect("named"), "gzip");
    assert_eq!(answer.into_inner().summary.expect("one").accepted, 500);
    let mut plain = AdminServiceClient::new(service.channel.clone());
    let answer = plain
        .get_status(GetStatusRequest {})
        .await
        .expect("answered");
    assert!(answer.metadata().get("grpc-encoding").is_none());
    assert_eq!(answer.into_inner().event_count, 500);
}
