//! Assessments, campaigns and dividends.

use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{
    Assessment, AssessmentOrder, Campaign, Event, GetCampaignRequest, GetDividendRequest,
    ListAssessmentsRequest, ListCampaignsRequest, ListSuspectReviewsRequest, Review,
    ScreenReviewsRequest, Subject, SubjectKind, event,
};
use serde_json::{Value, json};
use tonic::Code;
use tonic::transport::Channel;

use super::{MESSAGE_BYTES_MAX, Subjects, named, section, to_json};
use crate::golden::document::Section;
use crate::support::Service;

/// Assessments of one kind that are written whole.
const WHOLE: usize = 40;
/// Reviews that are screened as new ones.
const SCREENED: usize = 200;

type Client = IntegrityServiceClient<Channel>;

pub(super) fn client(service: &Service) -> Client {
    IntegrityServiceClient::new(service.channel.clone())
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
}

async fn list(service: &Service, kind: SubjectKind, order: AssessmentOrder) -> Vec<Assessment> {
    let mut client = client(service);
    let mut all = Vec::new();
    let mut request = ListAssessmentsRequest {
        kind: kind.into(),
        order: order.into(),
        page_size: 1000,
        ..ListAssessmentsRequest::default()
    };
    loop {
        let page = client.list_assessments(request.clone()).await;
        let page = page.expect("a page").into_inner();
        all.extend(page.assessments);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return all;
        }
    }
}

fn subjects_of(assessments: &[Assessment]) -> Vec<Subject> {
    let subjects = assessments.iter().filter_map(|one| one.subject.clone());
    subjects.collect()
}

/// All assessments of reviewers, listings and sellers by risk, and the order by attack.
pub(super) async fn assessments(service: &Service, sections: &mut Vec<Section>) -> Subjects {
    let mut found = Vec::new();
    for (name, kind) in [
        ("assessments of reviewers", SubjectKind::Reviewer),
        ("assessments of listings", SubjectKind::Listing),
        ("assessments of sellers", SubjectKind::Seller),
    ] {
        let all = list(service, kind, AssessmentOrder::Risk).await;
        sections.push(section(name, WHOLE, all.iter().map(to_json).collect()));
        found.push(subjects_of(&all));
    }
    for (name, kind) in [
        ("listings by attack", SubjectKind::Listing),
        ("sellers by attack", SubjectKind::Seller),
    ] {
        let all = list(service, kind, AssessmentOrder::Attack).await;
        let ids = all.iter().map(|one| {
            let attack = one.attack.map(|attack| attack.log_odds);
            json!({ "id": one.subject.as_ref().map(|subject| &subject.id), "logOdds": attack })
        });
        sections.push(section(name, WHOLE, ids.collect()));
    }
    let [reviewers, listings, sellers] = found.try_into().expect("three kinds");
    Subjects {
        reviewers,
        listings,
        sellers,
    }
}

pub(super) async fn suspects(client: &mut Client, listing: &Subject) -> Vec<Assessment> {
    let mut all = Vec::new();
    let mut request = ListSuspectReviewsRequest {
        subject: Some(listing.clone()),
        page_size: 1000,
        ..ListSuspectReviewsRequest::default()
    };
    loop {
        let page = client.list_suspect_reviews(request.clone()).await;
        let page = page.expect("a page").into_inner();
        all.extend(page.reviews.into_iter().filter_map(|one| one.assessment));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return all;
        }
    }
}

/// Every review of every listing, the riskiest first.
pub(super) async fn reviews(service: &Service, listings: &[Subject], sections: &mut Vec<Section>) {
    let mut client = client(service);
    let mut all = Vec::new();
    for listing in listings {
        all.extend(suspects(&mut client, listing).await);
    }
    let log_odds = |one: &Assessment| one.risk.map_or(f64::NEG_INFINITY, |risk| risk.log_odds);
    // Stable: reviews of like risk stay in the order of their listings.
    all.sort_by(|one, other| log_odds(other).total_cmp(&log_odds(one)));
    let records = all.iter().map(to_json).collect();
    sections.push(section("assessments of reviews", WHOLE, records));
}

async fn list_campaigns(client: &mut Client) -> Vec<Campaign> {
    let mut all = Vec::new();
    let mut request = ListCampaignsRequest {
        min_confidence: Some(0.0),
        page_size: 1000,
        ..ListCampaignsRequest::default()
    };
    loop {
        let page = client.list_campaigns(request.clone()).await;
        let page = page.expect("a page").into_inner();
        all.extend(page.campaigns);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return all;
        }
    }
}

/// Every campaign, with its members by one line each.
pub(super) async fn campaigns(service: &Service, sections: &mut Vec<Section>) {
    let mut client = client(service);
    let all = list_campaigns(&mut client).await;
    let mut members = Vec::new();
    for campaign in &all {
        let request = GetCampaignRequest {
            campaign_id: campaign.campaign_id.clone(),
            page_size: 1000,
            ..GetCampaignRequest::default()
        };
        let found = client.get_campaign(request).await.expect("known");
        for member in found.into_inner().members {
            let mut record = to_json(&member);
            record["campaignId"] = json!(campaign.campaign_id);
            members.push(record);
        }
    }
    sections.push(section(
        "campaigns",
        all.len(),
        all.iter().map(to_json).collect(),
    ));
    sections.push(section("members of campaigns", WHOLE, members));
}

/// Dividends of all sellers and listings, and why some have none.
pub(super) async fn dividends(service: &Service, subjects: &Subjects, sections: &mut Vec<Section>) {
    let mut client = client(service);
    for (name, subjects) in [
        ("dividends of listings", &subjects.listings),
        ("dividends of sellers", &subjects.sellers),
    ] {
        let mut records = Vec::new();
        for subject in subjects {
            let request = GetDividendRequest {
                subject: Some(subject.clone()),
                ..GetDividendRequest::default()
            };
            let found = client.get_dividend(request).await.expect("known");
            records.push(named(subject, &found.into_inner()));
        }
        sections.push(section(name, WHOLE, records));
    }
}

/// Reviews of the stream as if they came again under other ids, and as edits of themselves.
pub(super) async fn screened(service: &Service, events: &[Event], sections: &mut Vec<Section>) {
    let reviews = events.iter().filter_map(|event| match &event.payload {
        Some(event::Payload::Review(review)) => Some(review.clone()),
        _ => None,
    });
    let mut reviews: Vec<Review> = reviews.collect();
    reviews.sort_by(|one, other| one.review_id.cmp(&other.review_id));
    let mut sample: Vec<Review> = reviews.into_iter().rev().take(SCREENED).collect();
    for review in sample.iter_mut().step_by(2) {
        review.review_id.insert_str(0, "again-");
    }
    if sample.is_empty() {
        return;
    }
    let request = ScreenReviewsRequest { reviews: sample };
    let found = client(service).screen_reviews(request).await;
    let results = found.expect("screened").into_inner().results;
    let records: Vec<Value> = results.iter().map(to_json).collect();
    sections.push(section("screened reviews", 4, records));
}

/// Refusals are answers too: their code is frozen, their words are not.
pub(super) fn refusal(code: Code) -> Value {
    json!({ "refused": format!("{code:?}") })
}
