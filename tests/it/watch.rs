//! Watches: changes are sent, filters hold, tokens resume exactly or are refused, and watchers that
//! do not read are ended.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::{Service, at, market, review, subject};
use goodstanding::proto::v1::admin_service_client::AdminServiceClient;
use goodstanding::proto::v1::history_service_client::HistoryServiceClient;
use goodstanding::proto::v1::{
    ActivateModelVersionRequest, Assessment, Band, EraseReviewerRequest, Event,
    ImportModelVersionRequest, Review, SubjectKind, WatchAssessmentsRequest,
    WatchAssessmentsResponse,
};
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

type Notices = Streaming<WatchAssessmentsResponse>;

/// Long enough for a busy machine; nothing here passes because it is short.
const PATIENCE: Duration = Duration::from_secs(60);

/// More notices than the change ring, a watcher's channel and the windows of its connection hold.
const WAITING: usize = 2500;

async fn watch(service: &Service, request: WatchAssessmentsRequest) -> Result<Notices, Status> {
    let mut client = HistoryServiceClient::new(service.channel.clone());
    Ok(client.watch_assessments(request).await?.into_inner())
}

async fn next(notices: &mut Notices) -> Result<WatchAssessmentsResponse, Status> {
    let notice = tokio::time::timeout(PATIENCE, notices.message()).await;
    notice
        .expect("a notice comes")
        .map(|notice| notice.expect("an error ends a watch"))
}

/// Five-star reviews of one listing by authors who wrote nothing else.
fn burst(listing: &str, count: u32, day: u32) -> Vec<Event> {
    let reviews = (0..count).map(|number| {
        review(Review {
            review_id: format!("burst-{listing}-{day}-{number}"),
            marketplace: "sim.us".to_owned(),
            listing_id: listing.to_owned(),
            reviewer_id: format!("once-{listing}-{day}-{number}"),
            rating: 5,
            body: "Simply the best thing that I ever bought, five stars!!!".to_owned(),
            verified_purchase: Some(false),
            time: at(1_719_792_000 + i64::from(day) * 86_400 + i64::from(number)),
            ..Review::default()
        })
    });
    reviews.collect()
}

fn id(assessment: &Assessment) -> String {
    assessment.subject.clone().expect("a subject").id
}

/// The first token of a new watch.
async fn token(service: &Service, request: WatchAssessmentsRequest) -> String {
    let mut notices = watch(service, request).await.expect("begun");
    let first = next(&mut notices).await.expect("a token");
    assert!(first.assessment.is_none());
    assert!(!first.resume_token.is_empty());
    first.resume_token
}

fn resumed(filter: &WatchAssessmentsRequest, token: &str) -> WatchAssessmentsRequest {
    WatchAssessmentsRequest {
        resume_token: token.to_owned(),
        ..filter.clone()
    }
}

/// Notices until the watch has caught up, and the token behind them.
async fn until_caught_up(notices: &mut Notices) -> (Vec<Assessment>, String) {
    let mut assessments = Vec::new();
    loop {
        let notice = next(notices).await.expect("a notice");
        match notice.assessment {
            Some(assessment) => assessments.push(assessment),
            None => return (assessments, notice.resume_token),
        }
    }
}

/// Reads until a listing comes, and gives its notice.
async fn until_listing(notices: &mut Notices, listing: &str) -> WatchAssessmentsResponse {
    loop {
        let notice = next(notices).await.expect("a notice");
        if let Some(assessment) = &notice.assessment {
            // The filter takes only listings.
            let subject = assessment.subject.clone().expect("a subject");
            assert_eq!(subject.kind(), SubjectKind::Listing);
            if subject.id == listing {
                return notice;
            }
        }
    }
}

fn is_too_old(refused: &Status) {
    assert_eq!(refused.code(), Code::OutOfRange, "{refused}");
    assert!(
        refused.message().contains("too old, list again"),
        "{refused}"
    );
    let info = refused.get_details_error_info().expect("a reason");
    assert_eq!(info.reason, "TOO_OLD");
}

fn listings() -> WatchAssessmentsRequest {
    WatchAssessmentsRequest {
        kinds: vec![SubjectKind::Listing.into()],
        marketplace: "sim.us".to_owned(),
        min_band: Band::Low.into(),
        ..WatchAssessmentsRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn token_resumes_exactly_and_is_too_old_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(21, 3000).chunks(2000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let filter = listings();
    let mut live = watch(&service, filter.clone()).await.expect("begun");
    next(&mut live).await.expect("a token");
    service.send(burst("L000003", 60, 0)).await.expect("taken");
    let notice = until_listing(&mut live, "L000003").await;
    assert_eq!(notice.log_sequence, service.status().await.log_sequence);
    let token = notice.resume_token;

    // A watch that was interrupted here receives what the other does.
    service.send(burst("L000005", 60, 1)).await.expect("taken");
    let expected = until_listing(&mut live, "L000005").await.assessment;
    let request = resumed(&filter, &token);
    let mut notices = watch(&service, request.clone()).await.expect("resumed");
    let (missed, behind) = until_caught_up(&mut notices).await;
    assert!(missed.contains(&expected.expect("an assessment")));
    let mut again = watch(&service, request).await.expect("resumed");
    for assessment in &missed {
        let notice = next(&mut again).await.expect("a notice");
        assert_eq!(notice.assessment.as_ref(), Some(assessment));
    }
    // Then both go on alike.
    service.send(burst("L000009", 60, 3)).await.expect("taken");
    let first = until_listing(&mut notices, "L000009").await.assessment;
    let second = until_listing(&mut live, "L000009").await.assessment;
    assert_eq!(first, second);

    // The token belongs to its filters.
    for (filter, token) in [
        (WatchAssessmentsRequest::default(), &*token),
        (filter.clone(), "x"),
    ] {
        let refused = watch(&service, resumed(&filter, token)).await;
        let refused = refused.expect_err("another filter, or no token");
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with("resume_token"), "{refused}");
    }

    // A service that ends says so.
    let ended = tokio::join!(service.terminate(), async {
        loop {
            if let Err(ended) = next(&mut notices).await {
                return ended;
            }
        }
    });
    assert!(ended.0);
    assert_eq!(ended.1.code(), Code::Unavailable, "{}", ended.1);
    let service = Service::start(directory.path()).await;
    let elsewhere = tempfile::tempdir().expect("a directory");
    let other = Service::start(elsewhere.path()).await;
    for service in [&service, &other] {
        let refused = watch(service, resumed(&filter, &behind)).await;
        is_too_old(&refused.expect_err("of another run"));
        // A new watch begins.
        self::token(service, filter.clone()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn watcher_that_does_not_read_is_ended_and_too_many_are_refused() {
    let place = crate::support::command::Place::new();
    // Evidence may change hundreds of subjects at once, which both would lose.
    let config = place.file(
        "goodstanding.toml",
        "[limits]\nwatchers_max = 2\n[passes]\nshare = 0.001\nquiet = \"1h\"\n",
    );
    let data = place.path("data");
    // Without peers no subject gets a band, and no score changes.
    let before = Service::start(&data).await;
    for batch in market(21, 3000).chunks(2000) {
        before.send(batch.to_vec()).await.expect("taken");
    }
    assert!(before.terminate().await);
    let service = Service::start_with(&data, &["--config", &config]).await;
    // The pass of the start is the only one.
    service.settle().await;
    let request = WatchAssessmentsRequest::default;
    // On a connection of its own, whose windows hold little.
    let narrow = Channel::from_shared(service.url.clone())
        .expect("an address")
        .initial_stream_window_size(65_535)
        .initial_connection_window_size(65_535);
    let narrow = narrow.connect().await.expect("connected");
    let mut idle = HistoryServiceClient::new(narrow)
        .watch_assessments(request())
        .await
        .expect("begun")
        .into_inner();
    next(&mut idle).await.expect("a token");
    let mut reader = watch(&service, request()).await.expect("begun");
    next(&mut reader).await.expect("a token");
    let third = watch(&service, request()).await.expect_err("one too many");
    assert_eq!(third.code(), Code::ResourceExhausted);

    // Both watch the same. Once one has read far more than can wait for the other, in the ring, the
    // channel and on the way, the other is ended.
    let mut read = 0;
    for round in 0_u32.. {
        assert!(round < 200, "{read} notices are too few");
        let listings = (0..100).map(|number| format!("X{round}-{number}"));
        let events = listings
            .flat_map(|listing| burst(&listing, 12, 0))
            .collect();
        service.send(events).await.expect("taken");
        while read < WAITING {
            let notice = tokio::time::timeout(Duration::from_millis(300), reader.message()).await;
            match notice {
                Ok(notice) => {
                    notice
                        .expect("a watcher that reads goes on")
                        .expect("it goes on");
                    read += 1;
                }
                // All of this round is sent, or the next one brings it.
                Err(_) => break,
            }
        }
        if read >= WAITING {
            break;
        }
    }
    let ended = loop {
        if let Err(ended) = next(&mut idle).await {
            break ended;
        }
    };
    assert_eq!(ended.code(), Code::ResourceExhausted, "{ended}");
    // Another may watch in its place.
    drop(reader);
    let again = watch(&service, request()).await;
    assert!(again.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn change_by_evidence_reaches_a_resumed_watch() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(21, 3000).chunks(2000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let filter = listings();
    let token = token(&service, filter.clone()).await;
    service.send(burst("L000003", 60, 0)).await.expect("taken");
    service.settle().await;
    let mut notices = watch(&service, resumed(&filter, &token))
        .await
        .expect("resumed");
    loop {
        let notice = until_listing(&mut notices, "L000003").await;
        let findings = notice.assessment.expect("an assessment").findings;
        // Only a pass over all reviews finds campaigns.
        if findings
            .iter()
            .any(|finding| !finding.campaign_id.is_empty())
        {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn erasure_ends_watches_and_makes_their_tokens_too_old() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    service.send(burst("L1", 3, 0)).await.expect("taken");
    let filter = WatchAssessmentsRequest::default();
    let mut notices = watch(&service, filter.clone()).await.expect("begun");
    let token = next(&mut notices).await.expect("a token").resume_token;
    let erase = EraseReviewerRequest {
        reviewers: vec![subject(SubjectKind::Reviewer, "sim.us", "once-L1-0-0")],
    };
    let mut admin = AdminServiceClient::new(service.channel.clone());
    admin.erase_reviewer(erase).await.expect("erased");
    let ended = loop {
        if let Err(ended) = next(&mut notices).await {
            break ended;
        }
    };
    is_too_old(&ended);
    let refused = watch(&service, resumed(&filter, &token)).await;
    is_too_old(&refused.expect_err("of before the erasure"));
    let mut notices = watch(&service, filter).await.expect("begun");
    next(&mut notices).await.expect("a token");
}

/// A version that corrects the program's own model's assessments of authors.
const MODEL: &str = r#"{"layout": 1, "reviews": 9, "manipulated": 4, "intercept": 0.5,
    "lines": [{"feature": "detector, one review", "intercept": 0.1, "slope": 1.5}],
    "curves": [{"feature": "activity", "edges": [1.5], "heights": [0.25, -0.5]}]}"#;

/// Activates that version, and gives its name.
async fn activate_another_model(service: &Service) -> String {
    let mut admin = AdminServiceClient::new(service.channel.clone());
    let import = ImportModelVersionRequest {
        model_json: MODEL.to_owned(),
        trained_on: "a test".to_owned(),
    };
    let kept = admin.import_model_version(import).await.expect("kept");
    let version = kept.into_inner().model_version.expect("a version");
    let model_version = version.model_version.clone();
    let activate = ActivateModelVersionRequest { model_version };
    admin
        .activate_model_version(activate)
        .await
        .expect("active");
    version.model_version
}

#[tokio::test(flavor = "multi_thread")]
async fn change_of_the_model_version_reaches_live_and_resumed_watches_alike() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(21, 3000).chunks(2000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    service.settle().await;
    let filter = WatchAssessmentsRequest {
        kinds: vec![SubjectKind::Reviewer.into()],
        ..WatchAssessmentsRequest::default()
    };
    let mut live = watch(&service, filter.clone()).await.expect("begun");
    let token = next(&mut live).await.expect("a token").resume_token;
    // No event comes, and evidence rests on as many as before.
    let name = activate_another_model(&service).await;
    let first = next(&mut live).await.expect("a notice").assessment;
    let first = first.expect("an assessment");
    let mut notices = watch(&service, resumed(&filter, &token))
        .await
        .expect("resumed");
    let (missed, behind) = until_caught_up(&mut notices).await;
    assert_eq!(missed.first(), Some(&first));
    for (number, assessment) in missed.iter().enumerate() {
        assert_eq!(assessment.model_version, name);
        if number > 0 {
            let notice = next(&mut live).await.expect("a notice");
            assert_eq!(notice.assessment.as_ref(), Some(assessment));
        }
    }
    let subjects: BTreeSet<String> = missed.iter().map(id).collect();
    assert_eq!(subjects.len(), missed.len(), "each author once");
    // Behind them nothing is sent again.
    let mut again = watch(&service, resumed(&filter, &behind))
        .await
        .expect("resumed");
    let (later, _) = until_caught_up(&mut again).await;
    assert!(later.iter().all(|one| !subjects.contains(&id(one))));
}
