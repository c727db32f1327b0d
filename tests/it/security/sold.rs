//! A listing that was sold: its former seller reads nothing of it, not even as of then.

use std::collections::BTreeSet;

use goodstanding::lab::simulate::{Config, Market};
use goodstanding::proto::v1::{self, SubjectKind, event};
use prost::Message;
use tonic::{Code, Status};

use super::raw::{call, code};
use super::stage::Stage;
use crate::support::{at, subject};

async fn ask<A: Message + Default>(
    stage: &Stage,
    path: &'static str,
    token: &str,
    request: &impl Message,
) -> Result<A, Status> {
    let answer = call(&stage.channel, path, Some(token), &request.encode_to_vec()).await?;
    Ok(A::decode(&answer[..]).expect("the message"))
}

/// Listings of the reviews that are served of a seller, as of a past day.
async fn listings_then(stage: &Stage, token: &str, seconds: i64) -> BTreeSet<String> {
    let mut request = v1::ListSuspectReviewsRequest {
        subject: Some(stage.seller()),
        page_size: 1000,
        as_of: at(seconds),
        ..Default::default()
    };
    let mut found = BTreeSet::new();
    loop {
        let path = "/goodstanding.v1.IntegrityService/ListSuspectReviews";
        let page: v1::ListSuspectReviewsResponse =
            ask(stage, path, token, &request).await.expect("a page");
        let reviews = page.reviews.into_iter().filter_map(|one| one.review);
        found.extend(reviews.map(|review| review.listing_id));
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

/// The events of the stage, again.
fn events() -> Vec<v1::Event> {
    Market::new(Config {
        orders: false,
        snapshots: false,
        ..Config::sized(3, 6000)
    })
    .collect()
}

async fn sell(stage: &Stage, events: &[v1::Event]) {
    let revisions = events.iter().filter_map(|event| match &event.payload {
        Some(event::Payload::Listing(one)) if one.listing_id == stage.listing.id => {
            Some((event.revision, one.clone()))
        }
        _ => None,
    });
    let newest = revisions.max_by_key(|(revision, _)| *revision);
    let (revision, mut listing) = newest.expect("in the market");
    listing.seller_id.clone_from(&stage.foreign);
    let request = v1::IngestBatchRequest {
        events: vec![v1::Event {
            revision: revision + 1,
            payload: Some(event::Payload::Listing(listing)),
        }],
    };
    let path = "/goodstanding.v1.IngestService/IngestBatch";
    let taken: v1::IngestBatchResponse = ask(stage, path, &stage.signer.platform(), &request)
        .await
        .expect("taken");
    let summary = taken.summary.expect("a summary");
    assert_eq!(summary.accepted, 1, "{summary:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn former_seller_reads_nothing_of_a_sold_listing_as_of_then() {
    let stage = Stage::set().await;
    let events = events();
    let times = events.iter().filter_map(|event| match &event.payload {
        Some(event::Payload::Review(review)) => Some(review.time?.seconds),
        _ => None,
    });
    let then = times.max().expect("reviews") - 3 * 86_400;
    let own = stage.signer.seller(&[&stage.own]);
    let before = listings_then(&stage, &own, then).await;
    assert!(before.contains(&stage.listing.id), "{before:?}");
    sell(&stage, &events).await;

    let after = listings_then(&stage, &own, then).await;
    let mut rest = before.clone();
    rest.remove(&stage.listing.id);
    assert_eq!(after, rest, "what is still its own stays");
    // Nor does the new owner read of the time before it.
    let foreign = stage.signer.seller(&[&stage.foreign]);
    let listed = v1::ListSuspectReviewsRequest {
        subject: Some(stage.listing.clone()),
        as_of: at(then),
        ..Default::default()
    };
    let path = "/goodstanding.v1.IntegrityService/ListSuspectReviews";
    for token in [&own, &foreign] {
        let refused = ask::<v1::ListSuspectReviewsResponse>(&stage, path, token, &listed).await;
        assert_eq!(code(&refused), Code::PermissionDenied);
    }
    // The platform does.
    let all = listings_then(&stage, &stage.signer.platform(), then).await;
    assert_eq!(all, before);
    // Members of campaigns follow the same rule.
    let campaign = v1::GetCampaignRequest {
        campaign_id: stage.campaign.campaign_id.clone(),
        page_size: 1000,
        as_of: at(then),
        ..Default::default()
    };
    let path = "/goodstanding.v1.IntegrityService/GetCampaign";
    let seen = ask::<v1::GetCampaignResponse>(&stage, path, &own, &campaign).await;
    if let Ok(seen) = seen {
        let of_sold = seen
            .members
            .iter()
            .any(|one| one.listing_id == stage.listing.id);
        assert!(!of_sold, "{seen:?}");
    }
    let sold = subject(
        SubjectKind::Listing,
        &stage.listing.marketplace,
        &stage.listing.id,
    );
    let request = v1::GetAssessmentRequest {
        subject: Some(sold),
        as_of: at(then),
    };
    let path = "/goodstanding.v1.IntegrityService/GetAssessment";
    let refused = ask::<v1::GetAssessmentResponse>(&stage, path, &own, &request).await;
    assert_eq!(code(&refused), Code::PermissionDenied);
}
