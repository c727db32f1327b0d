//! Assessments, campaigns and dividends.

use goodstanding::proto::v1::{
    Assessment, AssessmentOrder, Event, GetCampaignRequest, GetDividendRequest, Review,
    ScreenReviewsRequest, Subject, SubjectKind, event,
};
use serde_json::{Value, json};
use tonic::Code;

use super::{Subjects, named, section, to_json};
use crate::golden::document::Section;
use crate::support::Service;
use crate::support::pages::{self, integrity_client};

/// Assessments of one kind that are written whole.
const WRITTEN_WHOLE: usize = 40;
/// Reviews that are screened as new ones.
const SCREENED: usize = 200;

fn subjects_of(assessments: &[Assessment]) -> Vec<Subject> {
    let subjects = assessments.iter().filter_map(|one| one.subject.clone());
    subjects.collect()
}

/// All assessments of reviewers, listings and sellers by risk, and the order by attack.
pub(super) async fn assessments(service: &Service, sections: &mut Vec<Section>) -> Subjects {
    let client = integrity_client(service);
    let mut subjects = Vec::new();
    for (name, kind) in [
        ("assessments of reviewers", SubjectKind::Reviewer),
        ("assessments of listings", SubjectKind::Listing),
        ("assessments of sellers", SubjectKind::Seller),
    ] {
        let listed = pages::assessments(&client, kind, AssessmentOrder::Risk).await;
        sections.push(section(
            name,
            WRITTEN_WHOLE,
            listed.iter().map(to_json).collect(),
        ));
        subjects.push(subjects_of(&listed));
    }
    for (name, kind) in [
        ("listings by attack", SubjectKind::Listing),
        ("sellers by attack", SubjectKind::Seller),
    ] {
        let listed = pages::assessments(&client, kind, AssessmentOrder::Attack).await;
        let ids = listed.iter().map(|one| {
            let attack = one.attack.map(|attack| attack.log_odds);
            json!({ "id": one.subject.as_ref().map(|subject| &subject.id), "logOdds": attack })
        });
        sections.push(section(name, WRITTEN_WHOLE, ids.collect()));
    }
    let [reviewers, listings, sellers] = subjects.try_into().expect("three kinds");
    Subjects {
        reviewers,
        listings,
        sellers,
    }
}

/// Every review of every listing, the riskiest first.
pub(super) async fn reviews(service: &Service, listings: &[Subject], sections: &mut Vec<Section>) {
    let client = integrity_client(service);
    let mut reviews = Vec::new();
    for listing in listings {
        reviews.extend(pages::suspect_reviews(&client, listing).await);
    }
    let log_odds = |one: &Assessment| one.risk.map_or(f64::NEG_INFINITY, |risk| risk.log_odds);
    // Stable: reviews of like risk stay in the order of their listings.
    reviews.sort_by(|one, other| log_odds(other).total_cmp(&log_odds(one)));
    let records = reviews.iter().map(to_json).collect();
    sections.push(section("assessments of reviews", WRITTEN_WHOLE, records));
}

/// Every campaign, with its members by one line each.
pub(super) async fn campaigns(service: &Service, sections: &mut Vec<Section>) {
    let mut client = integrity_client(service);
    let campaigns = pages::campaigns(&client).await;
    let mut members = Vec::new();
    for campaign in &campaigns {
        let request = GetCampaignRequest {
            campaign_id: campaign.campaign_id.clone(),
            page_size: 1000,
            ..GetCampaignRequest::default()
        };
        let answer = client.get_campaign(request).await.expect("known");
        for member in answer.into_inner().members {
            let mut record = to_json(&member);
            record["campaignId"] = json!(campaign.campaign_id);
            members.push(record);
        }
    }
    sections.push(section(
        "campaigns",
        campaigns.len(),
        campaigns.iter().map(to_json).collect(),
    ));
    sections.push(section("members of campaigns", WRITTEN_WHOLE, members));
}

/// Dividends of all sellers and listings, and why some have none.
pub(super) async fn dividends(service: &Service, subjects: &Subjects, sections: &mut Vec<Section>) {
    let mut client = integrity_client(service);
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
            let answer = client.get_dividend(request).await.expect("known");
            records.push(named(subject, &answer.into_inner()));
        }
        sections.push(section(name, WRITTEN_WHOLE, records));
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
        // In another minute of the same day: it is a review of its own, and no copy.
        if let Some(time) = &mut review.time {
            let forenoon = time.seconds.rem_euclid(86_400) < 43_200;
            time.seconds += if forenoon { 60 } else { -60 };
        }
    }
    if sample.is_empty() {
        return;
    }
    let request = ScreenReviewsRequest { reviews: sample };
    let answer = integrity_client(service).screen_reviews(request).await;
    let results = answer.expect("screened").into_inner().results;
    let records: Vec<Value> = results.iter().map(to_json).collect();
    sections.push(section("screened reviews", 4, records));
}

/// Refusals are answers too: their code is frozen, their words are not.
pub(super) fn refusal(code: Code) -> Value {
    json!({ "refused": format!("{code:?}") })
}
