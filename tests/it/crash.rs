//! A killed service keeps all that it acknowledged, and an undisturbed run ends the same.

use crate::support::scores::{bits, everything};
use crate::support::{Service, market};
use goodstanding::proto::v1::Event;

const BATCH: usize = 500;

/// What must be the same however the service got there.
async fn standing(service: &Service) -> [u64; 6] {
    let status = service.status().await;
    assert!(status.writable, "{}", status.refusal);
    [
        status.event_count,
        status.review_count,
        status.reviewer_count,
        status.listing_count,
        status.seller_count,
        status.order_count,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_service_loses_and_doubles_no_acknowledged_event() {
    let events = market(7, 3000);
    let undisturbed = tempfile::tempdir().expect("a directory");
    let calm = Service::start(undisturbed.path()).await;
    for batch in events.chunks(BATCH) {
        calm.send(batch.to_vec()).await.expect("taken");
    }
    let expected = standing(&calm).await;
    assert_eq!(expected[0], events.len() as u64);
    let scores = everything(&calm).await;
    assert!(scores.len() > 3000, "{}", scores.len());

    let directory = tempfile::tempdir().expect("a directory");
    let mut acknowledged = 0;
    for round in 0..4 {
        let service = Service::start(directory.path()).await;
        let kept = service.status().await.event_count;
        assert!(
            kept >= acknowledged,
            "{kept} kept of {acknowledged} acknowledged"
        );
        // Everything again from the start, as a client does that lost its place; a batch is in
        // flight when the kill comes.
        let last = 4 + round * 5;
        for batch in events.chunks(BATCH).take(last) {
            let summary = service.send(batch.to_vec()).await.expect("taken");
            acknowledged = summary.event_count;
        }
        let flying = events.chunks(BATCH).nth(last).map(<[Event]>::to_vec);
        let channel = service.channel.clone();
        let flight = tokio::spawn(async move {
            let mut client =
                goodstanding::proto::v1::ingest_service_client::IngestServiceClient::new(channel);
            let events = flying.unwrap_or_default();
            let request = goodstanding::proto::v1::IngestBatchRequest { events };
            client.ingest_batch(request).await.is_ok()
        });
        tokio::task::yield_now().await;
        service.kill();
        let _ = flight.await;
    }
    let service = Service::start(directory.path()).await;
    for batch in events.chunks(BATCH) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    assert_eq!(standing(&service).await, expected);
    let disturbed = everything(&service).await;
    assert_eq!(disturbed, scores);
    assert_eq!(bits(&disturbed), bits(&scores));
    assert!(service.terminate().await, "it ends well");

    let again = Service::start(directory.path()).await;
    assert_eq!(standing(&again).await, expected);
    assert_eq!(bits(&everything(&again).await), bits(&scores));
}

#[tokio::test(flavor = "multi_thread")]
async fn second_service_on_one_directory_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let _owner = Service::start(directory.path()).await;
    let second = std::process::Command::new(crate::support::command::binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(directory.path())
        .output()
        .expect("the binary runs");
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("locked") || said.contains("in use"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn service_ends_when_stdin_closes_and_keeps_all_events() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let events = market(7, 3000);
    service.send(events[..BATCH].to_vec()).await.expect("taken");
    let before = standing(&service).await;
    assert!(service.leave().await, "it ends well");
    let again = Service::start(directory.path()).await;
    assert_eq!(standing(&again).await, before);
    assert!(before[0] > 0);
}
