//! All that a service says about everybody, to compare two services by.

use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{
    Assessment, ListAssessmentsRequest, ListSuspectReviewsRequest, Subject, SubjectKind,
};
use tonic::transport::Channel;

use super::Service;

type Client = IntegrityServiceClient<Channel>;

const KINDS: [SubjectKind; 3] = [
    SubjectKind::Reviewer,
    SubjectKind::Listing,
    SubjectKind::Seller,
];

/// Every assessment of every reviewer, listing and seller, and of every review of every listing.
pub async fn everything(service: &Service) -> Vec<Assessment> {
    service.settle().await;
    let mut client = IntegrityServiceClient::new(service.channel.clone())
        .max_decoding_message_size(64 * 1024 * 1024);
    let mut all = Vec::new();
    for kind in KINDS {
        all.extend(every(&mut client, kind).await);
    }
    let listings: Vec<Subject> = all
        .iter()
        .filter_map(|one| one.subject.clone())
        .filter(|subject| subject.kind() == SubjectKind::Listing)
        .collect();
    for listing in listings {
        all.extend(reviews(&mut client, listing).await);
    }
    all
}

async fn every(client: &mut Client, kind: SubjectKind) -> Vec<Assessment> {
    let mut all = Vec::new();
    let mut request = ListAssessmentsRequest {
        kind: kind.into(),
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

async fn reviews(client: &mut Client, listing: Subject) -> Vec<Assessment> {
    let mut all = Vec::new();
    let mut request = ListSuspectReviewsRequest {
        subject: Some(listing),
        page_size: 1000,
        ..ListSuspectReviewsRequest::default()
    };
    loop {
        let page = client.list_suspect_reviews(request.clone()).await;
        let page = page.expect("a page").into_inner();
        all.extend(page.reviews.into_iter().filter_map(|held| held.assessment));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return all;
        }
    }
}

/// Scores by their bits, as equality of floats would forgive signs of zero.
pub fn bits(all: &[Assessment]) -> Vec<u64> {
    let estimates = all
        .iter()
        .flat_map(|one| one.risk.iter().chain(one.attack.iter()));
    let terms = all
        .iter()
        .flat_map(|one| one.findings.iter().chain(one.attack_findings.iter()));
    estimates
        .flat_map(|held| [held.probability, held.lower, held.upper, held.log_odds])
        .chain(terms.flat_map(|term| [term.value, term.peer_percentile, term.contribution]))
        .map(f64::to_bits)
        .collect()
}
