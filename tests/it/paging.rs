//! Pages stay whole while events are written, after a restart, and only for whoever got the token.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Service, at, market, refused_fields, review, subject};
use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{
    Assessment, Event, ListAssessmentsRequest, ListCampaignsRequest, ListSuspectReviewsRequest,
    Review, SubjectKind,
};

fn listings(page_token: String) -> ListAssessmentsRequest {
    ListAssessmentsRequest {
        kind: SubjectKind::Listing.into(),
        page_size: 7,
        page_token,
        ..ListAssessmentsRequest::default()
    }
}

async fn page(service: &Service, token: String) -> (Vec<Assessment>, String) {
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let page = client.list_assessments(listings(token)).await;
    let page = page.expect("a page").into_inner();
    (page.assessments, page.next_page_token)
}

fn key(assessment: &Assessment) -> (String, String) {
    let subject = assessment.subject.clone().expect("a subject");
    (subject.marketplace, subject.id)
}

fn score(assessment: &Assessment) -> u64 {
    assessment.risk.as_ref().expect("a risk").log_odds.to_bits()
}

/// New praise for a few listings, so that their scores and those of nobody else move much.
fn news(round: u32) -> Vec<Event> {
    let reviews = (0..40).map(|number| {
        review(Review {
            review_id: format!("new-{round}-{number}"),
            marketplace: "sim.us".to_owned(),
            listing_id: format!("L{:06}", number % 5),
            reviewer_id: format!("fresh-{round}-{number}"),
            rating: 5,
            body: "Just what I was looking for, and here the next day.".to_owned(),
            time: at(1_720_000_000),
            ..Review::default()
        })
    });
    reviews.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn paging_during_ingest_skips_and_repeats_nobody() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(5, 3000).chunks(2000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let all = service.status().await.listing_count;
    let mut seen = Vec::new();
    let (mut token, mut round) = (String::new(), 0);
    loop {
        let (found, next) = page(&service, token).await;
        seen.extend(found.iter().map(key));
        round += 1;
        service.send(news(round)).await.expect("taken");
        token = next;
        if token.is_empty() {
            break;
        }
    }
    let distinct: BTreeSet<_> = seen.iter().cloned().collect();
    assert_eq!(distinct.len(), seen.len(), "doubled");
    assert_eq!(seen.len() as u64, all, "skipped");
    assert!(round > 5, "{round} pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn page_token_survives_restart_without_repeating_unchanged_subjects() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(5, 3000).chunks(2000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let standing = |all: &[Assessment]| -> BTreeMap<_, _> {
        all.iter().map(|held| (key(held), score(held))).collect()
    };
    let every = async |service: &Service| {
        let (mut all, mut token) = (Vec::new(), String::new());
        loop {
            let (found, next) = page(service, token).await;
            all.extend(found);
            token = next;
            if token.is_empty() {
                return all;
            }
        }
    };
    let before = standing(&every(&service).await);
    let (first, mut token) = page(&service, String::new()).await;
    let mut seen: Vec<_> = first.iter().map(key).collect();
    service.send(news(1)).await.expect("taken");
    assert!(service.terminate().await);
    // Its rankings are forgotten; the key of its tokens is not.
    let service = Service::start(directory.path()).await;
    let after = standing(&every(&service).await);
    while !token.is_empty() {
        let (found, next) = page(&service, token).await;
        seen.extend(found.iter().map(key));
        token = next;
    }
    let mut unchanged = 0;
    for (subject, score) in &before {
        if after.get(subject) == Some(score) {
            unchanged += 1;
            let times = seen.iter().filter(|held| *held == subject).count();
            assert_eq!(times, 1, "{subject:?}");
        }
    }
    assert!(unchanged > 5, "{unchanged} of {}", before.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_page_tokens_are_refused_by_field() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(5, 3000).chunks(2000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let (_, token) = page(&service, String::new()).await;
    assert!(!token.is_empty());
    let other_directory = tempfile::tempdir().expect("a directory");
    let other = Service::start(other_directory.path()).await;
    for batch in market(5, 3000).chunks(2000) {
        other.send(batch.to_vec()).await.expect("taken");
    }
    let (_, foreign) = page(&other, String::new()).await;
    let mut changed = token.clone().into_bytes();
    changed[5] = if changed[5] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).expect("ASCII");

    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let mut refusals = Vec::new();
    for wrong in ["p1-32".to_owned(), foreign, changed] {
        refusals.push(client.list_assessments(listings(wrong)).await.err());
    }
    // The right token in another request: another filter, another method.
    let mut filtered = listings(token.clone());
    filtered.kind = SubjectKind::Seller.into();
    refusals.push(client.list_assessments(filtered).await.err());
    let campaigns = ListCampaignsRequest {
        page_token: token.clone(),
        ..ListCampaignsRequest::default()
    };
    refusals.push(client.list_campaigns(campaigns).await.err());
    let suspects = ListSuspectReviewsRequest {
        subject: Some(subject(SubjectKind::Listing, "sim.us", "L000001")),
        page_token: token.clone(),
        ..ListSuspectReviewsRequest::default()
    };
    refusals.push(client.list_suspect_reviews(suspects).await.err());
    for refused in refusals {
        let refused = refused.expect("refused");
        assert_eq!(refused_fields(&refused)[0], "page_token");
    }
    // The size of a page may change on the way.
    let mut wider = listings(token);
    wider.page_size = 3;
    let page = client.list_assessments(wider).await.expect("a page");
    assert_eq!(page.into_inner().assessments.len(), 3);
}
