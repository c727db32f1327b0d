//! Bad events over a real socket: each refused with its field, and the rest of its batch kept.

#![allow(clippy::too_many_lines, reason = "tables of cases")]

mod cases;

use crate::support::{Service, good_review, review};
use cases::{Case, bad_review, claim_cases, fact_cases, listing_cases, long, review_cases};
use goodstanding::proto::v1::{Event, IngestBatchRequest, Rejection, ingest_service_client};
use tonic::Code;
use tonic_types::StatusExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn invalid_events_are_rejected_by_field_and_valid_ones_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let cases: Vec<Case> = [review_cases(), listing_cases(), fact_cases(), claim_cases()]
        .into_iter()
        .flatten()
        .collect();
    assert!(cases.len() >= 40, "{}", cases.len());
    for (number, (bad, field, reason)) in (0..).zip(cases) {
        let before = review(good_review(&format!("before-{number}")));
        let after = review(good_review(&format!("after-{number}")));
        let summary = service
            .send(vec![before, bad, after])
            .await
            .expect("the batch is taken");
        assert_eq!((summary.accepted, summary.unchanged), (2, 0), "{field}");
        assert_eq!(summary.rejections.len(), 1, "{field}");
        let rejection = &summary.rejections[0];
        let found: Vec<(&str, &str)> = rejection
            .violations
            .iter()
            .map(|fault| (fault.field.as_str(), fault.reason.as_str()))
            .collect();
        assert_eq!(found, [(format!("events[1].{field}").as_str(), reason)]);
        assert_eq!(rejection.index, 1);
        assert!(
            !rejection.record.chars().any(char::is_control),
            "{:?}",
            rejection.record
        );
        assert_eq!(summary.event_count, (number + 1) * 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_or_oversized_batch_is_refused_by_field() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let many = vec![Event::default(); 10_001];
    for (events, said) in [(Vec::new(), "REQUIRED"), (many, "TOO_MANY")] {
        let refused = service.send(events).await.expect_err("refused");
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = refused.get_error_details();
        let faults = &details
            .bad_request()
            .expect("a BadRequest")
            .field_violations;
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].field, "events");
        assert!(
            faults[0].description.contains(said),
            "{}",
            faults[0].description
        );
    }
    let huge = bad_review(|r| r.body = long(5 * 1024 * 1024));
    let refused = service.send(vec![huge]).await.expect_err("refused");
    assert_eq!(refused.code(), Code::OutOfRange, "{refused}");
    assert_eq!(service.status().await.event_count, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ingest_stream_continues_after_invalid_event() {
    use goodstanding::proto::v1::IngestRequest;
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let mut client = ingest_service_client::IngestServiceClient::new(service.channel.clone());
    let requests: Vec<IngestRequest> = (0..50)
        .map(|number| IngestRequest {
            batch_number: 100 + number,
            events: vec![
                review(good_review(&format!("r{number}"))),
                bad_review(|r| r.rating = 9),
            ],
        })
        .collect();
    let mut answers = client
        .ingest(tokio_stream::iter(requests))
        .await
        .expect("open")
        .into_inner();
    for number in 0..50 {
        let answer = answers
            .message()
            .await
            .expect("an answer")
            .expect("not the end");
        let summary = answer.summary.expect("a summary");
        assert_eq!(answer.batch_number, 100 + number);
        assert_eq!((summary.accepted, summary.rejections.len()), (1, 1));
        assert_eq!(summary.event_count, number + 1);
    }
    assert!(answers.message().await.expect("the end").is_none());
    let again = IngestBatchRequest {
        events: vec![review(good_review("r1"))],
    };
    let summary = client
        .ingest_batch(again)
        .await
        .expect("taken")
        .into_inner()
        .summary;
    assert_eq!(summary.map(|summary| summary.unchanged), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_events_use_up_no_marketplace_quota() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let named = |number: u32| {
        let mut written = good_review(&format!("r{number}"));
        written.marketplace = format!("shop-{number}.example");
        review(written)
    };
    let fault = |rejection: &Rejection| {
        let fault = &rejection.violations[0];
        (fault.field.clone(), fault.description.clone())
    };
    // Somebody takes ids of orders for marketplaces.
    let summary = service
        .send((0..40).map(named).collect())
        .await
        .expect("taken");
    assert_eq!((summary.accepted, summary.rejections.len()), (32, 8));
    let (field, said) = fault(&summary.rejections[0]);
    assert_eq!(field, "events[32].review.marketplace");
    assert!(said.contains("`shop-32.example` is one more new"), "{said}");
    for first in (32..4096).step_by(32) {
        let batch = (first..first + 32).map(named).collect();
        let summary = service.send(batch).await.expect("taken");
        assert_eq!(summary.accepted, 32, "{:?}", summary.rejections.first());
    }
    let mut known = good_review("known");
    known.marketplace = "shop-7.example".to_owned();
    let batch = vec![named(4096), review(known)];
    let summary = service.send(batch).await.expect("taken");
    assert_eq!((summary.accepted, summary.rejections.len()), (1, 1));
    let (field, said) = fault(&summary.rejections[0]);
    assert_eq!(field, "events[0].review.marketplace");
    assert!(said.contains("4096 marketplaces are known"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rejections_of_full_batch_fit_default_message_limit() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let wrong = |number: u32| {
        let mut written = good_review(&format!("r{number}"));
        written.marketplace = "a place of too many words".repeat(3);
        written.listing_id = String::new();
        written.reviewer_id = "\u{7}".to_owned();
        written.rating = 17;
        review(written)
    };
    let summary = service
        .send((0..10_000).map(wrong).collect())
        .await
        .expect("an answer of at most 4 MiB");
    assert_eq!((summary.accepted, summary.rejections.len()), (0, 10_000));
    let (first, last) = (&summary.rejections[0], &summary.rejections[9999]);
    assert!(first.violations.len() >= 3, "{first:?}");
    assert!(!first.violations[0].description.is_empty());
    assert_eq!((last.index, last.record.as_str()), (9999, "review r9999"));
    assert_eq!(last.violations.len(), 1);
    let fault = &last.violations[0];
    assert!(fault.field.starts_with("events[9999].review."), "{fault:?}");
    assert!(fault.description.is_empty() && !fault.reason.is_empty());
}
