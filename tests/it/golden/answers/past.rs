//! What was known in the past.

use goodstanding::proto::v1::history_service_client::HistoryServiceClient;
use goodstanding::proto::v1::{
    GetAssessmentRequest, ListAssessmentsRequest, ListCampaignsRequest, ListHistoryRequest,
    ListSuspectReviewsRequest, Subject, SubjectKind,
};
use serde_json::Value;

use super::{Subjects, named, section, to_json};
use crate::golden::document::Section;
use crate::support::pages::{MESSAGE_BYTES_MAX, integrity_client};
use crate::support::{Service, at};

/// Subjects of each kind whose points are asked for.
const ASKED: usize = 200;
/// How far back.
const DAYS_BACK: i64 = 150;
/// Listings whose reviews are scored as of the past.
const LISTINGS: usize = 5;

/// Daily points of the riskiest subjects.
pub(super) async fn history(service: &Service, subjects: &Subjects, sections: &mut Vec<Section>) {
    let mut client = HistoryServiceClient::new(service.channel.clone())
        .max_decoding_message_size(MESSAGE_BYTES_MAX);
    for (name, subjects) in [
        ("history of reviewers", &subjects.reviewers),
        ("history of listings", &subjects.listings),
        ("history of sellers", &subjects.sellers),
    ] {
        let mut records = Vec::new();
        for subject in subjects.iter().take(ASKED) {
            let request = ListHistoryRequest {
                subject: Some(subject.clone()),
                page_size: 1000,
                ..ListHistoryRequest::default()
            };
            let page = client.list_history(request).await.expect("a page");
            records.push(named(subject, &page.into_inner()));
        }
        sections.push(section(
            name,
            usize::from(name == "history of listings"),
            records,
        ));
    }
}

/// Assessments, campaigns and reviews as of some months before the end of the stream.
pub(super) async fn point_in_time_reads(
    service: &Service,
    listings: &[Subject],
    sections: &mut Vec<Section>,
) {
    let mut client = integrity_client(service);
    let newest = service.status().await.watermark.expect("events");
    let as_of = at(newest.seconds - DAYS_BACK * 86_400);
    let request = ListAssessmentsRequest {
        kind: SubjectKind::Listing.into(),
        page_size: 1000,
        as_of,
        ..ListAssessmentsRequest::default()
    };
    let page = client.list_assessments(request).await.expect("a page");
    let listed = page.into_inner().assessments;
    sections.push(section(
        "listings then",
        3,
        listed.iter().map(to_json).collect(),
    ));

    let request = ListCampaignsRequest {
        min_confidence: Some(0.0),
        page_size: 1000,
        as_of,
        ..ListCampaignsRequest::default()
    };
    let page = client.list_campaigns(request).await.expect("a page");
    let campaigns = page.into_inner().campaigns;
    sections.push(section(
        "campaigns then",
        3,
        campaigns.iter().map(to_json).collect(),
    ));

    let mut records: Vec<Value> = Vec::new();
    for listing in listings.iter().take(LISTINGS) {
        let request = ListSuspectReviewsRequest {
            subject: Some(listing.clone()),
            page_size: 1000,
            as_of,
            ..ListSuspectReviewsRequest::default()
        };
        let Ok(page) = client.list_suspect_reviews(request).await else {
            // The listing came later.
            continue;
        };
        let suspects = page.into_inner().reviews;
        let assessments = suspects.into_iter().filter_map(|one| one.assessment);
        let assessments: Vec<_> = assessments.collect();
        if let Some(subject) = assessments.first().and_then(|one| one.subject.clone()) {
            let request = GetAssessmentRequest {
                subject: Some(subject.clone()),
                as_of,
            };
            let one = client.get_assessment(request).await.expect("known then");
            records.push(named(&subject, &one.into_inner()));
        }
        records.extend(assessments.iter().map(to_json));
    }
    sections.push(section("reviews then", 3, records));
}
