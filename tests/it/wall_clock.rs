//! Wall clocks years ahead are not believed.

use std::time::Duration;

use crate::clock::{AHEAD, WRONG, send_all, watermark};
use crate::support::command::Place;
use crate::support::{Service, at, good_review, http_get, review};
use goodstanding::proto::v1::ScreenReviewsRequest;
use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;

/// The description of the refusal of a review of 2099.
async fn refusal(service: &Service, id: &str) -> String {
    let mut late = good_review(id);
    late.time = at(WRONG);
    let summary = service.send(vec![review(late)]).await.expect("read");
    assert_eq!(summary.accepted, 0);
    let [rejection] = &summary.rejections[..] else {
        unreachable!("one event was sent");
    };
    assert_eq!(rejection.record, format!("review {id}"));
    let [violation] = &rejection.violations[..] else {
        unreachable!("one field is wrong");
    };
    assert_eq!(violation.field, "events[0].review.time");
    violation.description.clone()
}

async fn is_ahead(service: &Service) -> bool {
    let (_, text) = http_get(service.metrics.as_ref().expect("metrics"), "/metrics").await;
    let line = text
        .lines()
        .find(|line| line.starts_with("goodstanding_clock_ahead_seconds "));
    let seconds = line.and_then(|line| line.split(' ').next_back()?.parse::<f64>().ok());
    seconds.expect("a number") > 0.0
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_clock_far_beyond_last_receipt_is_believed_only_if_confirmed() {
    let place = Place::new();
    let data = place.path("data");
    let metrics = ["--metrics-listen", "127.0.0.1:0"];
    let flags = [&AHEAD[..], &metrics].concat();
    let service = Service::start(&data).await;
    send_all(&service, &[review(good_review("first"))]).await;
    assert!(service.terminate().await);

    let service = Service::start_with(&data, &flags).await;
    assert!(is_ahead(&service).await);
    let said = refusal(&service, "late").await;
    assert!(
        said.contains("--confirm-clock") && said.contains("send the event again"),
        "{said}"
    );
    // The past is imported as ever, and receipts go on from the last.
    send_all(&service, &[review(good_review("second"))]).await;
    let mut late = good_review("late");
    late.time = at(WRONG);
    let reviews = vec![late.clone()];
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let screened = client
        .screen_reviews(ScreenReviewsRequest { reviews })
        .await;
    let rejection = screened.expect("read").into_inner().results[0]
        .rejection
        .clone();
    let violations = rejection.expect("refused").violations;
    assert!(violations[0].description.contains("--confirm-clock"));
    assert!(service.terminate().await);
    let service = Service::start_with(&data, &flags).await;
    refusal(&service, "late").await;
    assert!(service.terminate().await);

    let gap = place.file("gap.toml", "[limits]\nclock_gap_max = \"99y\"\n");
    let service = Service::start_with(&data, &[&flags[..], &["--config", &gap]].concat()).await;
    assert!(!is_ahead(&service).await);
    assert!(service.terminate().await);
    let service = Service::start_with(&data, &[&flags[..], &["--confirm-clock"]].concat()).await;
    assert!(!is_ahead(&service).await);
    send_all(&service, &[review(late)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_clock_that_jumps_while_the_service_runs_is_not_followed() {
    let place = Place::new();
    let flags = [
        "--metrics-listen",
        "127.0.0.1:0",
        "--clock-for-tests",
        "74y@2s",
    ];
    let service = Service::start_with(&place.path("data"), &flags).await;
    while !is_ahead(&service).await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let said = refusal(&service, "late").await;
    assert!(
        said.contains("jumped") && said.contains("restarts the service"),
        "{said}"
    );
    send_all(&service, &[review(good_review("first"))]).await;
    assert_eq!(watermark(&service).await, 1_600_000_000);
}
