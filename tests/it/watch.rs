//! Watches: what moves is told, filters hold, tokens resume after a restart, and whoever does not
//! read is cut.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::{Service, at, review};
use goodstanding::lab::simulate::{Config, Market};
use goodstanding::proto::v1::admin_service_client::AdminServiceClient;
use goodstanding::proto::v1::history_service_client::HistoryServiceClient;
use goodstanding::proto::v1::{
    ActivateModelVersionRequest, Assessment, Band, Event, ImportModelVersionRequest, Review,
    SubjectKind, WatchAssessmentsRequest, WatchAssessmentsResponse,
};
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};

type Notices = Streaming<WatchAssessmentsResponse>;

/// Long enough for a busy machine; nothing here passes because it is short.
const PATIENCE: Duration = Duration::from_secs(60);

/// More notices than the channel of a watcher and the windows of its connection hold.
const WAITING: usize = 1200;

fn market() -> Vec<Event> {
    Market::new(Config::sized(21, 3000)).collect()
}

async fn watch(service: &Service, request: WatchAssessmentsRequest) -> Result<Notices, Status> {
    let mut client = HistoryServiceClient::new(service.channel.clone());
    Ok(client.watch_assessments(request).await?.into_inner())
}

async fn next(notices: &mut Notices) -> Result<WatchAssessmentsResponse, Status> {
    let told = tokio::time::timeout(PATIENCE, notices.message()).await;
    told.expect("something is told")
        .map(|told| told.expect("an error ends a watch"))
}

/// Praise for one listing, of authors who wrote nothing else.
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

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_is_told_and_resumed_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market().chunks(2000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let filter = WatchAssessmentsRequest {
        kinds: vec![SubjectKind::Listing.into()],
        marketplace: "sim.us".to_owned(),
        min_band: Band::Low.into(),
        ..WatchAssessmentsRequest::default()
    };
    let mut notices = watch(&service, filter.clone()).await.expect("begun");
    let first = next(&mut notices).await.expect("a token");
    assert!(first.assessment.is_none());
    assert!(!first.resume_token.is_empty());

    service.send(burst("L000003", 60, 0)).await.expect("taken");
    let told = loop {
        let told = next(&mut notices).await.expect("told");
        if let Some(assessment) = &told.assessment {
            // Nobody but listings.
            let subject = assessment.subject.clone().expect("a subject");
            assert_eq!(subject.kind(), SubjectKind::Listing);
            if subject.id == "L000003" {
                break told;
            }
        }
    };
    let status = service.status().await;
    assert_eq!(told.log_sequence, status.log_sequence);
    let token = told.resume_token;
    drop(notices);

    // What happens while nobody watches, and after a restart, is told from the token on.
    service.send(burst("L000005", 60, 1)).await.expect("taken");
    assert!(service.terminate().await);
    let service = Service::start(directory.path()).await;
    service.send(burst("L000007", 60, 2)).await.expect("taken");
    let resumed = WatchAssessmentsRequest {
        resume_token: token.clone(),
        ..filter.clone()
    };
    let mut notices = watch(&service, resumed).await.expect("resumed");
    let mut wanted: BTreeSet<&str> = BTreeSet::from(["L000005", "L000007"]);
    while !wanted.is_empty() {
        let told = next(&mut notices).await.expect("told");
        if let Some(assessment) = &told.assessment {
            wanted.remove(id(assessment).as_str());
        }
    }
    // And goes on live.
    service.send(burst("L000009", 60, 3)).await.expect("taken");
    loop {
        let told = next(&mut notices).await.expect("told");
        if told.assessment.is_some_and(|held| id(&held) == "L000009") {
            break;
        }
    }

    // The token belongs to its filters.
    let other = WatchAssessmentsRequest {
        resume_token: token,
        ..WatchAssessmentsRequest::default()
    };
    let refused = watch(&service, other).await.expect_err("another filter");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().starts_with("resume_token"), "{refused}");

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
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_read_is_cut_and_too_many_are_refused() {
    let place = crate::support::command::Place::new();
    // Evidence may move hundreds of subjects at once, which would cut both.
    let config = place.file(
        "goodstanding.toml",
        "[limits]\nwatchers_max = 2\n[passes]\nshare = 0.001\nquiet = \"1h\"\n",
    );
    let data = place.path("data");
    // Without peers nobody gets a band, and nothing moves.
    let before = Service::start(&data).await;
    for batch in market().chunks(2000) {
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

    // Both are told the same. Once one has read far more than can wait for the other, in the
    // channel and on the way, the other is cut.
    let mut read = 0;
    for round in 0_u32.. {
        assert!(round < 200, "{read} notices are too few");
        let listings = (0..100).map(|number| format!("X{round}-{number}"));
        let events = listings
            .flat_map(|listing| burst(&listing, 12, 0))
            .collect();
        service.send(events).await.expect("taken");
        while read < WAITING {
            let told = tokio::time::timeout(Duration::from_millis(300), reader.message()).await;
            match told {
                Ok(told) => {
                    told.expect("who reads is not cut").expect("it goes on");
                    read += 1;
                }
                // All of this round is told, or the next one brings it.
                Err(_) => break,
            }
        }
        if read >= WAITING {
            break;
        }
    }
    let cut = loop {
        match next(&mut idle).await {
            Ok(_) => {}
            Err(cut) => break cut,
        }
    };
    assert_eq!(cut.code(), Code::ResourceExhausted, "{cut}");
    // Its place is free again.
    drop(reader);
    let again = watch(&service, request()).await;
    assert!(again.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_evidence_alone_moved_is_told_to_whoever_resumes() {
    let place = crate::support::command::Place::new();
    let data = place.path("data");
    // After its first pass evidence is not gathered again in this run.
    let rare = place.file("rare.toml", "[passes]\nshare = 0.001\nquiet = \"1h\"\n");
    let service = Service::start_with(&data, &["--config", &rare]).await;
    for batch in market().chunks(2000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    service.send(burst("L000003", 60, 0)).await.expect("taken");
    let filter = WatchAssessmentsRequest {
        kinds: vec![SubjectKind::Listing.into()],
        marketplace: "sim.us".to_owned(),
        ..WatchAssessmentsRequest::default()
    };
    let mut notices = watch(&service, filter.clone()).await.expect("begun");
    let before = next(&mut notices).await.expect("a token").resume_token;
    drop(notices);
    assert!(service.terminate().await);

    // No event comes, but evidence is gathered of all.
    let service = Service::start(&data).await;
    service.settle().await;
    let resumed = |token: &str| WatchAssessmentsRequest {
        resume_token: token.to_owned(),
        ..filter.clone()
    };
    let mut notices = watch(&service, resumed(&before)).await.expect("resumed");
    let told = loop {
        let told = next(&mut notices).await.expect("told");
        let assessment = told.assessment.expect("the campaign's listing comes first");
        if id(&assessment) == "L000003" {
            break assessment;
        }
    };
    assert!(!told.findings.is_empty());
    // With a token of this evidence nothing is told again.
    let now = loop {
        let told = next(&mut notices).await.expect("told");
        if told.assessment.is_none() {
            break told.resume_token;
        }
    };
    let mut again = watch(&service, resumed(&now)).await.expect("resumed");
    assert!(
        next(&mut again)
            .await
            .expect("a token")
            .assessment
            .is_none()
    );
}

/// A version that corrects what the program's own model says of authors.
const MODEL: &str = r#"{"layout": 1, "reviews": 9, "manipulated": 4, "intercept": 0.5,
    "lines": [{"feature": "detector, one review", "intercept": 0.1, "slope": 1.5}],
    "curves": [{"feature": "activity", "edges": [1.5], "heights": [0.25, -0.5]}]}"#;

/// Scores by that version from now on; says its name.
async fn with_another_model(service: &Service) -> String {
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
async fn what_another_model_version_moved_is_told_to_whoever_resumes() {
    for restarted in [false, true] {
        let place = crate::support::command::Place::new();
        let data = place.path("data");
        let mut service = Service::start(&data).await;
        for batch in market().chunks(2000) {
            service.send(batch.to_vec()).await.expect("taken");
        }
        service.settle().await;
        let filter = WatchAssessmentsRequest {
            kinds: vec![SubjectKind::Reviewer.into()],
            ..WatchAssessmentsRequest::default()
        };
        let mut notices = watch(&service, filter.clone()).await.expect("begun");
        let mut token = next(&mut notices).await.expect("a token").resume_token;
        drop(notices);

        // Not one event comes, and evidence rests on as many as before.
        let name = with_another_model(&service).await;
        if restarted {
            assert!(service.terminate().await);
            service = Service::start(&data).await;
            service.settle().await;
        }
        for again in [false, true] {
            let request = WatchAssessmentsRequest {
                resume_token: token,
                ..filter.clone()
            };
            let mut notices = watch(&service, request).await.expect("resumed");
            let mut told = BTreeSet::new();
            token = loop {
                let notice = next(&mut notices).await.expect("told");
                let Some(assessment) = notice.assessment else {
                    break notice.resume_token;
                };
                assert_eq!(assessment.model_version, name);
                told.insert(id(&assessment));
            };
            // Every author, and once.
            let authors = service.status().await.reviewer_count;
            let expected = if again { 0 } else { authors };
            assert_eq!(told.len() as u64, expected, "restarted: {restarted}");
        }
    }
}
