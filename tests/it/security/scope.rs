//! What a seller gets to see of its own, and what not.

use std::collections::BTreeSet;
use std::time::Duration;

use goodstanding::proto::v1::history_service_client::HistoryServiceClient;
use goodstanding::proto::v1::{self, SubjectKind};
use prost::Message;
use tonic::{Code, Request};

use super::raw::{call, code};
use super::stage::Stage;
use crate::support::{at, good_review, review};

const SERVICE: &str = "/goodstanding.v1.IntegrityService/";

async fn ask<Q: Message, A: Message + Default>(
    stage: &Stage,
    path: &'static str,
    token: &str,
    request: &Q,
) -> Result<A, tonic::Status> {
    assert!(path.starts_with(SERVICE));
    let answer = call(&stage.channel, path, Some(token), &request.encode_to_vec()).await?;
    Ok(A::decode(&answer[..]).expect("the message"))
}

#[tokio::test(flavor = "multi_thread")]
async fn seller_reads_only_its_own_subjects_and_no_reviewer() {
    let stage = Stage::set().await;
    let own = stage.signer.seller(&[&stage.own]);
    campaigns_are_cut_to_size(&stage, &own).await;
    reviews_have_no_author(&stage, &own).await;
    lists_are_of_its_own(&stage, &own).await;
    others_are_refused(&stage, &own).await;
}

async fn campaigns_are_cut_to_size(stage: &Stage, own: &str) {
    let path = "/goodstanding.v1.IntegrityService/GetCampaign";
    let request = v1::GetCampaignRequest {
        campaign_id: stage.campaign.campaign_id.clone(),
        page_size: 1000,
        ..Default::default()
    };
    let whole: v1::GetCampaignResponse = ask(stage, path, &stage.signer.platform(), &request)
        .await
        .expect("whole");
    let cut: v1::GetCampaignResponse = ask(stage, path, own, &request).await.expect("cut");
    let (all, seen) = (whole.campaign.expect("it"), cut.campaign.expect("it"));
    assert!(
        all.seller_ids.len() > 1,
        "nothing to hide: {:?}",
        all.seller_ids
    );
    assert_eq!(seen.seller_ids, [stage.own.as_str()]);
    assert!(!seen.listings.is_empty() && seen.listings.len() < all.listings.len());
    assert_eq!(seen.review_count, all.review_count);
    let listings: BTreeSet<&str> = seen.listings.iter().map(|one| one.id.as_str()).collect();
    assert!(!cut.members.is_empty() && cut.members.len() < whole.members.len());
    for member in &cut.members {
        assert!(listings.contains(member.listing_id.as_str()));
        assert_eq!(member.reviewer_id, "");
    }
    assert!(
        whole
            .members
            .iter()
            .all(|member| !member.reviewer_id.is_empty())
    );
    // Pages are of what is seen: none is empty before the end.
    let mut request = v1::GetCampaignRequest {
        page_size: 2,
        ..request
    };
    let mut paged = 0;
    loop {
        let page: v1::GetCampaignResponse = ask(stage, path, own, &request).await.expect("a page");
        assert!(!page.members.is_empty());
        paged += page.members.len();
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, cut.members.len());
}

async fn reviews_have_no_author(stage: &Stage, own: &str) {
    let path = "/goodstanding.v1.IntegrityService/ListSuspectReviews";
    let request = v1::ListSuspectReviewsRequest {
        subject: Some(stage.listing.clone()),
        ..Default::default()
    };
    let seen: v1::ListSuspectReviewsResponse =
        ask(stage, path, own, &request).await.expect("reviews");
    assert!(!seen.reviews.is_empty());
    for suspect in &seen.reviews {
        let review = suspect.review.as_ref().expect("with its text");
        assert_eq!(review.reviewer_id, "");
        assert_eq!(review.listing_id, stage.listing.id);
        // The review itself may be asked for.
        let subject = v1::Subject {
            kind: SubjectKind::Review.into(),
            marketplace: review.marketplace.clone(),
            id: review.review_id.clone(),
        };
        let request = v1::GetAssessmentRequest {
            subject: Some(subject),
            as_of: None,
        };
        let path = "/goodstanding.v1.IntegrityService/GetAssessment";
        let found: v1::GetAssessmentResponse =
            ask(stage, path, own, &request).await.expect("its own");
        for finding in found.assessment.expect("it").findings {
            assert!(
                finding.peer_count == 0 || finding.peer_count >= 10,
                "{finding:?}"
            );
        }
    }
}

async fn lists_are_of_its_own(stage: &Stage, own: &str) {
    let path = "/goodstanding.v1.IntegrityService/ListAssessments";
    let list = |kind: SubjectKind, seller_id: &str| v1::ListAssessmentsRequest {
        kind: kind.into(),
        seller_id: seller_id.to_owned(),
        page_size: 1000,
        ..Default::default()
    };
    let listings: v1::ListAssessmentsResponse =
        ask(stage, path, own, &list(SubjectKind::Listing, ""))
            .await
            .expect("listings");
    assert!(!listings.assessments.is_empty());
    assert!(
        listings
            .assessments
            .iter()
            .all(|one| one.seller_id == stage.own)
    );
    let filtered: v1::ListAssessmentsResponse = ask(
        stage,
        path,
        &stage.signer.platform(),
        &list(SubjectKind::Listing, &stage.own),
    )
    .await
    .expect("listings");
    assert_eq!(listings.assessments.len(), filtered.assessments.len());
    let sellers: v1::ListAssessmentsResponse =
        ask(stage, path, own, &list(SubjectKind::Seller, ""))
            .await
            .expect("sellers");
    let ids: Vec<&str> = sellers
        .assessments
        .iter()
        .filter_map(|one| one.subject.as_ref())
        .map(|subject| subject.id.as_str())
        .collect();
    assert_eq!(ids, [stage.own.as_str()]);
    for refused in [
        list(SubjectKind::Reviewer, ""),
        list(SubjectKind::Listing, &stage.foreign),
    ] {
        let answer = ask::<_, v1::ListAssessmentsResponse>(stage, path, own, &refused).await;
        assert_eq!(code(&answer), Code::PermissionDenied);
    }
    let path = "/goodstanding.v1.IntegrityService/ListCampaigns";
    let all = v1::ListCampaignsRequest {
        min_confidence: Some(0.0),
        page_size: 1000,
        ..Default::default()
    };
    let seen: v1::ListCampaignsResponse = ask(stage, path, own, &all).await.expect("campaigns");
    assert!(!seen.campaigns.is_empty());
    for campaign in seen.campaigns {
        assert_eq!(campaign.seller_ids, [stage.own.as_str()]);
    }
}

/// The same answer about what belongs to others and about what nobody knows.
async fn others_are_refused(stage: &Stage, own: &str) {
    let whole: v1::GetCampaignResponse = ask(
        stage,
        "/goodstanding.v1.IntegrityService/GetCampaign",
        &stage.signer.platform(),
        &v1::GetCampaignRequest {
            campaign_id: stage.campaign.campaign_id.clone(),
            ..Default::default()
        },
    )
    .await
    .expect("whole");
    let reviewer = whole.members[0].reviewer_id.clone();
    let subject = |kind: SubjectKind, id: &str| v1::Subject {
        kind: kind.into(),
        marketplace: match kind {
            SubjectKind::Seller => String::new(),
            _ => stage.listing.marketplace.clone(),
        },
        id: id.to_owned(),
    };
    let mut said = BTreeSet::new();
    for subject in [
        subject(SubjectKind::Reviewer, &reviewer),
        subject(SubjectKind::Seller, &stage.foreign),
        subject(SubjectKind::Seller, "nobody"),
        subject(SubjectKind::Listing, "nothing"),
        subject(SubjectKind::Review, "nothing"),
        subject(SubjectKind::Reviewer, "nobody"),
    ] {
        let request = v1::GetAssessmentRequest {
            subject: Some(subject),
            as_of: None,
        };
        let path = "/goodstanding.v1.IntegrityService/GetAssessment";
        let answer = ask::<_, v1::GetAssessmentResponse>(stage, path, own, &request).await;
        assert_eq!(code(&answer), Code::PermissionDenied, "{request:?}");
        said.insert(answer.expect_err("refused").message().to_owned());
    }
    assert_eq!(said.len(), 1, "{said:?}");
}

/// Ids that a watcher is sent until a listing comes, and a while longer.
async fn watched(
    stage: &Stage,
    token: &str,
    resume_token: &str,
    listing: &str,
) -> BTreeSet<String> {
    let mut client = HistoryServiceClient::new(stage.channel.clone());
    let mut request = Request::new(v1::WatchAssessmentsRequest {
        resume_token: resume_token.to_owned(),
        ..Default::default()
    });
    let value = format!("Bearer {token}").parse().expect("ASCII");
    request.metadata_mut().insert("authorization", value);
    let mut notices = client
        .watch_assessments(request)
        .await
        .expect("a watch")
        .into_inner();
    let mut ids = BTreeSet::new();
    loop {
        let patience = if ids.contains(listing) { 1 } else { 30 };
        let next = tokio::time::timeout(Duration::from_secs(patience), notices.message()).await;
        let Ok(notice) = next else {
            return ids;
        };
        let notice = notice.expect("goes on").expect("does not end");
        ids.extend(
            notice
                .assessment
                .and_then(|one| one.subject)
                .map(|one| one.id),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seller_is_notified_only_of_its_own_subjects() {
    let stage = Stage::set().await;
    let (own, platform) = (stage.signer.seller(&[&stage.own]), stage.signer.platform());
    let path = "/goodstanding.v1.HistoryService/WatchAssessments";
    let mut since = Vec::new();
    for token in [&own, &platform] {
        let first = call(&stage.channel, path, Some(token), &[])
            .await
            .expect("a token");
        let first = v1::WatchAssessmentsResponse::decode(&first[..]).expect("the message");
        since.push(first.resume_token);
    }
    let others = stage
        .campaign
        .listings
        .iter()
        .find(|one| one.id != stage.listing.id);
    let others = others.expect("a listing of somebody else").clone();
    // Enough to change both scores noticeably.
    let events = [&stage.listing, &others].into_iter().flat_map(|listing| {
        (0..60).map(|number| {
            let id = format!("burst-{}-{number}", listing.id);
            review(v1::Review {
                marketplace: listing.marketplace.clone(),
                listing_id: listing.id.clone(),
                reviewer_id: id.clone(),
                rating: 5,
                body: "Simply the best thing that I ever bought, five stars!!!".to_owned(),
                verified_purchase: Some(false),
                time: at(1_719_792_000 + number),
                ..good_review(&id)
            })
        })
    });
    let request = v1::IngestBatchRequest {
        events: events.collect(),
    };
    let path = "/goodstanding.v1.IngestService/IngestBatch";
    call(
        &stage.channel,
        path,
        Some(&platform),
        &request.encode_to_vec(),
    )
    .await
    .expect("taken");
    let seen = watched(&stage, &own, &since[0], &stage.listing.id).await;
    assert!(seen.contains(&stage.listing.id), "{seen:?}");
    let allowed = BTreeSet::from([stage.listing.id.clone(), stage.own.clone()]);
    assert!(seen.is_subset(&allowed), "{seen:?}");
    let seen = watched(&stage, &platform, &since[1], &others.id).await;
    assert!(seen.contains(&stage.listing.id), "{seen:?}");
    // Nor may it ask for others by name.
    let path = "/goodstanding.v1.HistoryService/WatchAssessments";
    let foreign = v1::WatchAssessmentsRequest {
        seller_ids: vec![stage.own.clone(), stage.foreign.clone()],
        ..Default::default()
    };
    let answer = call(&stage.channel, path, Some(&own), &foreign.encode_to_vec()).await;
    assert_eq!(code(&answer), Code::PermissionDenied);
}
