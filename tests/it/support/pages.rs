//! Reads all pages of a list.

use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{
    Assessment, AssessmentOrder, Campaign, ListAssessmentsRequest, ListCampaignsRequest,
    ListSuspectReviewsRequest, Subject, SubjectKind,
};
use tonic::transport::Channel;

use super::Service;

/// Largest message of a page of 1,000 entries.
pub const MESSAGE_BYTES_MAX: usize = 64 << 20;
const PAGE_SIZE: u32 = 1000;

pub type IntegrityClient = IntegrityServiceClient<Channel>;

/// A client that accepts large pages.
pub fn integrity_client(service: &Service) -> IntegrityClient {
    IntegrityServiceClient::new(service.channel.clone())
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
}

/// The entries of a page, and the token of the next one; empty on the last one.
struct Page<T> {
    entries: Vec<T>,
    next: String,
}

/// Reads pages by their tokens until the last one.
async fn read_all<T, F: Future<Output = Page<T>>>(mut read: impl FnMut(String) -> F) -> Vec<T> {
    let mut entries = Vec::new();
    let mut token = String::new();
    loop {
        let page = read(token).await;
        entries.extend(page.entries);
        token = page.next;
        if token.is_empty() {
            return entries;
        }
    }
}

/// All assessments of a kind.
pub async fn assessments(
    client: &IntegrityClient,
    kind: SubjectKind,
    order: AssessmentOrder,
) -> Vec<Assessment> {
    read_all(|page_token| {
        let mut client = client.clone();
        let request = ListAssessmentsRequest {
            kind: kind.into(),
            order: order.into(),
            page_size: PAGE_SIZE,
            page_token,
            ..ListAssessmentsRequest::default()
        };
        async move {
            let answer = client.list_assessments(request).await.expect("a page");
            let page = answer.into_inner();
            Page {
                entries: page.assessments,
                next: page.next_page_token,
            }
        }
    })
    .await
}

/// The assessments of all reviews of a listing, the riskiest first.
pub async fn suspect_reviews(client: &IntegrityClient, listing: &Subject) -> Vec<Assessment> {
    let reviews = read_all(|page_token| {
        let mut client = client.clone();
        let request = ListSuspectReviewsRequest {
            subject: Some(listing.clone()),
            page_size: PAGE_SIZE,
            page_token,
            ..ListSuspectReviewsRequest::default()
        };
        async move {
            let answer = client.list_suspect_reviews(request).await.expect("a page");
            let page = answer.into_inner();
            Page {
                entries: page.reviews,
                next: page.next_page_token,
            }
        }
    });
    let assessments = reviews.await.into_iter().filter_map(|one| one.assessment);
    assessments.collect()
}

/// All campaigns, whatever their confidence.
pub async fn campaigns(client: &IntegrityClient) -> Vec<Campaign> {
    read_all(|page_token| {
        let mut client = client.clone();
        let request = ListCampaignsRequest {
            min_confidence: Some(0.0),
            page_size: PAGE_SIZE,
            page_token,
            ..ListCampaignsRequest::default()
        };
        async move {
            let answer = client.list_campaigns(request).await.expect("a page");
            let page = answer.into_inner();
            Page {
                entries: page.campaigns,
                next: page.next_page_token,
            }
        }
    })
    .await
}
