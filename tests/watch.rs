//! Watches: what moves is told, filters hold, tokens resume after a restart, and whoever does not
//! read is cut.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use goodstanding::proto::v1::history_service_client::HistoryServiceClient;
use goodstanding::proto::v1::{
    Assessment, Band, Event, Review, SubjectKind, WatchAssessmentsRequest, WatchAssessmentsResponse,
};
use goodstanding::simulate::{Config, Market};
use support::{Service, at, review};
use tonic::{Code, Status, Streaming};

type Notices = Streaming<WatchAssessmentsResponse>;

/// Long enough for a busy machine; nothing here passes because it is short.
const PATIENCE: Duration = Duration::from_secs(60);

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
    let place = support::command::Place::new();
    let config = place.file("goodstanding.toml", "[limits]\nwatchers_max = 2\n");
    let data = place.path("data");
    let service = Service::start_with(&data, &["--config", &config]).await;
    let request = WatchAssessmentsRequest::default;
    let mut idle = watch(&service, request()).await.expect("begun");
    next(&mut idle).await.expect("a token");
    let mut reader = watch(&service, request()).await.expect("begun");
    next(&mut reader).await.expect("a token");
    let third = watch(&service, request()).await.expect_err("one too many");
    assert_eq!(third.code(), Code::ResourceExhausted);

    // Far more moves than can wait, or than the connection's window holds.
    let told = async {
        let mut count = 0;
        for batch in market().chunks(200) {
            service.send(batch.to_vec()).await.expect("taken");
        }
        loop {
            match tokio::time::timeout(Duration::from_secs(2), reader.message()).await {
                Ok(Ok(Some(_))) => count += 1,
                Ok(Err(status)) => return (count, Some(status)),
                Ok(Ok(None)) | Err(_) => return (count, None),
            }
        }
    };
    let (count, _) = told.await;
    assert!(count > 0);
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
