//! Erasure: nothing of the author is left, the rest stands as if replayed, also after a kill; and
//! pseudonyms at rest.

use std::path::Path;

use crate::support::command::{Place, program, run, stderr};
use crate::support::scores::{bits, everything};
use crate::support::{Service, market, subject};
use goodstanding::proto::v1::admin_service_client::AdminServiceClient;
use goodstanding::proto::v1::history_service_client::HistoryServiceClient;
use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{
    Assessment, CreateBackupRequest, EraseReviewerRequest, EraseReviewerResponse, Event,
    GetAssessmentRequest, HistoryPoint, ListHistoryRequest, ListSuspectReviewsRequest, Subject,
    SubjectKind, event,
};
use goodstanding::store::{FileStore, Store as _};
use tonic::{Code, Status};

/// The author of most reviews, and these.
fn busiest(events: &[Event]) -> (Subject, Vec<Event>) {
    let mut by_author: std::collections::BTreeMap<(String, String), Vec<Event>> =
        std::collections::BTreeMap::new();
    for event in events {
        if let Some(event::Payload::Review(review)) = &event.payload {
            let key = (review.marketplace.clone(), review.reviewer_id.clone());
            by_author.entry(key).or_default().push(event.clone());
        }
    }
    let ((marketplace, id), reviews) = by_author
        .into_iter()
        .max_by_key(|(_, reviews)| reviews.len())
        .expect("reviews");
    (subject(SubjectKind::Reviewer, &marketplace, &id), reviews)
}

async fn erase(service: &Service, of: &Subject) -> Result<EraseReviewerResponse, Status> {
    let mut client = AdminServiceClient::new(service.channel.clone());
    let request = EraseReviewerRequest {
        reviewers: vec![of.clone()],
    };
    Ok(client.erase_reviewer(request).await?.into_inner())
}

async fn assessment(service: &Service, of: &Subject) -> Result<Assessment, Status> {
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let request = GetAssessmentRequest {
        subject: Some(of.clone()),
        as_of: None,
    };
    let found = client.get_assessment(request).await?.into_inner();
    Ok(found.assessment.expect("one"))
}

/// The history of the first listings.
pub async fn history(service: &Service) -> Vec<Vec<HistoryPoint>> {
    let mut client = HistoryServiceClient::new(service.channel.clone());
    let mut all = Vec::new();
    for number in 0..20 {
        let request = ListHistoryRequest {
            subject: Some(subject(
                SubjectKind::Listing,
                "sim.us",
                &format!("L{number:06}"),
            )),
            page_size: 1000,
            ..ListHistoryRequest::default()
        };
        if let Ok(found) = client.list_history(request).await {
            all.push(found.into_inner().points);
        }
    }
    all
}

/// Whether any event of the log holds a text.
fn log_holds(directory: &Path, text: &str) -> bool {
    let store = FileStore::open(directory, 1 << 24).expect("a store");
    store.scan(1).any(|item| {
        let (_, frame) = item.expect("a frame");
        let record = goodstanding::journal::Record::decode(&frame).expect("a record");
        record
            .entries()
            .any(|entry| memchr::memmem::find(entry, text.as_bytes()).is_some())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_reviewer_leaves_log_and_history_and_live_state_equals_restarted() {
    let place = Place::new();
    let data = place.path("data");
    let service = Service::start(&data).await;
    let events = market(13, 1500);
    for batch in events.chunks(1000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let (author, reviews) = busiest(&events);
    assert!(assessment(&service, &author).await.is_ok());
    let count = service.status().await.event_count;
    let erased = erase(&service, &author).await.expect("erased");
    assert_eq!(erased.review_event_count, reviews.len() as u64);
    assert!(erased.record_count > 0);
    let status = service.status().await;
    // Nothing is renumbered; the end of the erasure is one more.
    assert_eq!(status.event_count, count + 1);
    assert_eq!(status.log_sequence, erased.log_sequence);
    assert!(status.writable, "{}", status.refusal);

    let gone = assessment(&service, &author).await.expect_err("erased");
    assert_eq!(gone.code(), Code::NotFound);
    for event in &reviews {
        let Some(event::Payload::Review(review)) = &event.payload else {
            continue;
        };
        let of = subject(SubjectKind::Review, &review.marketplace, &review.review_id);
        let gone = assessment(&service, &of).await.expect_err("erased");
        assert_eq!(gone.code(), Code::NotFound);
    }
    // Sent again, also as an edit: known, and nothing changes.
    let edits = reviews.iter().cloned().map(|event| Event {
        revision: 7,
        ..event
    });
    for again in [reviews.clone(), edits.collect()] {
        let summary = service.send(again).await.expect("taken");
        assert_eq!(
            (summary.accepted, summary.unchanged),
            (0, reviews.len() as u64)
        );
    }
    let again = erase(&service, &author).await.expect("nothing left");
    assert_eq!((again.review_event_count, again.record_count), (0, 0));

    let (live, past) = (everything(&service).await, history(&service).await);
    assert!(past.iter().any(|points| !points.is_empty()));
    assert!(service.terminate().await);
    assert!(!log_holds(&data, &author.id));
    let restarted = Service::start(&data).await;
    let replayed = everything(&restarted).await;
    assert_eq!(bits(&replayed), bits(&live));
    assert_eq!(replayed, live);
    assert_eq!(history(&restarted).await, past);
    assert!(restarted.terminate().await);

    // From the log alone, without checkpoint and history.
    let into = place.text("into");
    let made = run(&["backup", "--data", &place.text("data"), "--into", &into]);
    assert!(made.status.success(), "{}", stderr(&made));
    let file = std::fs::read_dir(place.path("into"))
        .expect("there")
        .next()
        .expect("one")
        .expect("read")
        .path();
    let file = file.to_str().expect("UTF-8").to_owned();
    let restored = run(&["restore", &file, "--data", &place.text("restored")]);
    assert!(restored.status.success(), "{}", stderr(&restored));
    let restored = Service::start(&place.path("restored")).await;
    assert_eq!(everything(&restored).await, live);
    assert_eq!(history(&restored).await, past);
}

#[tokio::test(flavor = "multi_thread")]
async fn erasure_killed_midway_and_repeated_ends_equal() {
    let events = market(13, 1500);
    let (author, reviews) = busiest(&events);
    let calm_place = tempfile::tempdir().expect("a directory");
    let calm = Service::start(calm_place.path()).await;
    for batch in events.chunks(1000) {
        calm.send(batch.to_vec()).await.expect("taken");
    }
    erase(&calm, &author).await.expect("erased");
    let expected = everything(&calm).await;
    let past = history(&calm).await;

    for wait_ms in [0, 20, 120] {
        let directory = tempfile::tempdir().expect("a directory");
        let service = Service::start(directory.path()).await;
        for batch in events.chunks(1000) {
            service.send(batch.to_vec()).await.expect("taken");
        }
        let channel = service.channel.clone();
        let of = author.clone();
        let flight = tokio::spawn(async move {
            let mut client = AdminServiceClient::new(channel);
            let request = EraseReviewerRequest {
                reviewers: vec![of],
            };
            client.erase_reviewer(request).await.is_ok()
        });
        // Wherever it is then: the outcome must be the same.
        tokio::time::sleep(std::time::Duration::from_millis(wait_ms)).await;
        service.kill();
        let _ = flight.await;
        let service = Service::start(directory.path()).await;
        erase(&service, &author).await.expect("erased");
        let found = everything(&service).await;
        assert_eq!(bits(&found), bits(&expected), "after {wait_ms} ms");
        assert_eq!(history(&service).await, past, "after {wait_ms} ms");
        let summary = service.send(reviews.clone()).await.expect("taken");
        assert_eq!(summary.accepted, 0);
        assert!(service.terminate().await);
        assert!(!log_holds(directory.path(), &author.id));
    }
}

/// Each erases, and is refused while another does; whoever was answered may ask again at once.
#[tokio::test(flavor = "multi_thread")]
async fn erasures_in_sequence_find_all_earlier_events() {
    let place = Place::new();
    let backups = place.text("backups");
    let service = Service::start_with(&place.path("data"), &["--backup-dir", &backups]).await;
    let events = market(13, 1500);
    let (author, _) = busiest(&events);
    for batch in events.chunks(1000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let first = erase(&service, &author).await.expect("erased");
    assert!(first.review_event_count > 0);
    let mut admin = AdminServiceClient::new(service.channel.clone());
    for _ in 0..50 {
        let again = erase(&service, &author).await.expect("nothing is left");
        assert_eq!(again.review_event_count, 0);
        let backup = admin.create_backup(CreateBackupRequest {}).await;
        assert!(backup.is_ok(), "{backup:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_erasure_requests_are_refused_by_field() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let mut client = AdminServiceClient::new(service.channel.clone());
    for reviewers in [
        Vec::new(),
        vec![subject(SubjectKind::Listing, "m", "l")],
        vec![subject(SubjectKind::Reviewer, "", "r")],
        vec![subject(SubjectKind::Reviewer, "m", "r"); 101],
    ] {
        let refused = client
            .erase_reviewer(EraseReviewerRequest { reviewers })
            .await
            .expect_err("refused");
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with("reviewers"), "{refused}");
    }
    // Only erasure writes tombstones.
    let tombstone = Event {
        revision: 0,
        payload: Some(event::Payload::Tombstone(
            goodstanding::proto::v1::Tombstone::default(),
        )),
    };
    let summary = service.send(vec![tombstone]).await.expect("read");
    assert_eq!(summary.accepted, 0);
    assert_eq!(
        summary.rejections[0].violations[0].field,
        "events[0].tombstone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reviewer_key_stores_pseudonyms_only_and_raw_ids_still_find() {
    let place = Place::new();
    let data = place.path("data");
    let key = place.file("key", "5a".repeat(32));
    let flags = ["--reviewer-key-file", key.as_str()];
    let service = Service::start_with(&data, &flags).await;
    let events = market(13, 1500);
    for batch in events.chunks(1000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    // The same again changes nothing: pseudonyms are stable.
    let summary = service.send(events[..1000].to_vec()).await.expect("taken");
    assert_eq!(summary.accepted, 0);
    let (author, reviews) = busiest(&events);
    let found = assessment(&service, &author).await.expect("by the raw id");
    let shown = found.subject.expect("a subject");
    assert!(
        shown.id.starts_with("p-") && shown.id.len() == 34,
        "{shown:?}"
    );
    // And by what an answer shows.
    assert_eq!(
        assessment(&service, &shown)
            .await
            .expect("by pseudonym")
            .subject,
        Some(shown.clone())
    );
    let Some(event::Payload::Review(review)) = &reviews[0].payload else {
        unreachable!("reviews were asked for");
    };
    let request = ListSuspectReviewsRequest {
        subject: Some(subject(SubjectKind::Review, "sim.us", &review.review_id)),
        ..ListSuspectReviewsRequest::default()
    };
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    if let Ok(page) = client.list_suspect_reviews(request).await {
        let page = page.into_inner();
        let text = page.reviews[0].review.clone().expect("its text");
        assert_eq!(text.reviewer_id, shown.id);
    }
    assert!(service.terminate().await);
    assert!(!log_holds(&data, &author.id));

    // Another key, or none, opens nothing.
    let other = place.file("other", "5b".repeat(32));
    for (flags, said) in [
        (vec!["--reviewer-key-file", other.as_str()], "another key"),
        (vec![], "--reviewer-key-file"),
    ] {
        let mut command = program(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        let refused = command.arg(&data).args(flags).output().expect("it runs");
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains(said), "{}", stderr(&refused));
    }
    // Nor does a key open a store that holds raw ids.
    let plain = place.path("plain");
    let service = Service::start(&plain).await;
    service.send(events[..10].to_vec()).await.expect("taken");
    assert!(service.terminate().await);
    let mut command = program(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    let refused = command
        .arg(&plain)
        .args(["--reviewer-key-file", key.as_str()])
        .output()
        .expect("it runs");
    assert!(
        stderr(&refused).contains("as they came"),
        "{}",
        stderr(&refused)
    );

    let service = Service::start_with(&data, &flags).await;
    let erased = erase(&service, &author).await.expect("by the raw id");
    assert_eq!(erased.review_event_count, reviews.len() as u64);
}
