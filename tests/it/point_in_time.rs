//! Point-in-time reads: they equal the answers that were served then, to the bit, and have a limit.

use crate::support::{Service, market, subject};
use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{
    Event, GetAssessmentRequest, GetCampaignRequest, GetDividendRequest, ListAssessmentsRequest,
    ListAssessmentsResponse, ListCampaignsRequest, ListSuspectReviewsRequest, Subject, SubjectKind,
    event,
};
use pbjson_types::Timestamp;
use tonic::Code;
use tonic::transport::Channel;

const DAY: i64 = 86_400;

type Client = IntegrityServiceClient<Channel>;

fn time_of(event: &Event) -> Option<i64> {
    let stamp = match event.payload.as_ref()? {
        event::Payload::Review(review) => review.time,
        event::Payload::ReviewRemoval(removal) => removal.time,
        event::Payload::Order(order) => order.time,
        event::Payload::ListingSnapshot(snapshot) => snapshot.time,
        event::Payload::Listing(listing) => listing.create_time,
        event::Payload::Seller(seller) => seller.register_time,
        event::Payload::BrandSignal(signal) => signal.end_time,
        event::Payload::Verdict(verdict) => verdict.time,
        event::Payload::Tombstone(_) => None,
    };
    stamp.map(|stamp| stamp.seconds)
}

fn listing(number: u32) -> Subject {
    subject(SubjectKind::Listing, "sim.us", &format!("L{number:06}"))
}

/// Answers that speak of the state as a whole, in text.
async fn answers(client: &mut Client, as_of: Option<Timestamp>) -> Vec<String> {
    let mut all = Vec::new();
    let request = ListCampaignsRequest {
        min_confidence: Some(0.0),
        page_size: 1000,
        as_of,
        ..ListCampaignsRequest::default()
    };
    let found = client.list_campaigns(request).await.expect("a page");
    let campaigns = found.into_inner().campaigns;
    for campaign in campaigns.iter().take(3) {
        let request = GetCampaignRequest {
            campaign_id: campaign.campaign_id.clone(),
            page_size: 1000,
            as_of,
            ..GetCampaignRequest::default()
        };
        let found = client.get_campaign(request).await.expect("known");
        all.push(format!("{:?}", found.into_inner()));
    }
    all.push(format!("{campaigns:?}"));
    for number in 0..6 {
        let request = GetDividendRequest {
            subject: Some(listing(number)),
            formula: None,
            as_of,
        };
        let answer = client.get_dividend(request).await;
        all.push(format!(
            "{:?}",
            answer.map(tonic::Response::into_inner).ok()
        ));
        let request = ListSuspectReviewsRequest {
            subject: Some(listing(number)),
            page_size: 1000,
            as_of,
            ..ListSuspectReviewsRequest::default()
        };
        let answer = client.list_suspect_reviews(request).await;
        let answer = answer.map(tonic::Response::into_inner).ok();
        let of_first = answer
            .as_ref()
            .and_then(|page| page.reviews.first()?.assessment.as_ref()?.subject.clone());
        all.push(format!("{answer:?}"));
        if of_first.is_some() {
            let request = GetAssessmentRequest {
                subject: of_first,
                as_of,
            };
            let answer = client.get_assessment(request).await.expect("known");
            all.push(format!("{:?}", answer.into_inner()));
        }
    }
    all
}

async fn ranked(client: &mut Client, as_of: Option<Timestamp>) -> ListAssessmentsResponse {
    let request = ListAssessmentsRequest {
        kind: SubjectKind::Listing.into(),
        page_size: 1000,
        as_of,
        ..ListAssessmentsRequest::default()
    };
    let found = client.list_assessments(request).await;
    found.expect("a page").into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn point_in_time_answers_equal_those_served_then() {
    let place = crate::support::command::Place::new();
    let service = Service::start(&place.path("data")).await;
    let mut client = IntegrityServiceClient::new(service.channel.clone())
        .max_decoding_message_size(64 * 1024 * 1024);
    // In order of time, so that the clock leaves each day once.
    let mut events: Vec<Event> = market(17, 3000);
    events.sort_by_key(|event| time_of(event).unwrap_or(0));
    let middle = events.len() * 2 / 3;
    let day = time_of(&events[middle]).expect("a time") / DAY;
    let cut = events.partition_point(|event| time_of(event).unwrap_or(0) / DAY <= day);
    let (past, later) = events.split_at(cut);
    for batch in past.chunks(1000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    service.settle().await;
    let expected = answers(&mut client, None).await;
    let as_of = Some(Timestamp {
        seconds: day * DAY + 12_345,
        nanos: 0,
    });
    // The day is not over: the past is now.
    assert_eq!(answers(&mut client, as_of).await, expected);
    for batch in later.chunks(1000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    assert_ne!(answers(&mut client, None).await, expected);
    assert_eq!(answers(&mut client, as_of).await, expected);

    // The list by history: who had a band then is in it, by the scores of own signals.
    let then = ranked(&mut client, as_of).await.assessments;
    let order: Vec<f64> = then
        .iter()
        .map(|one| one.risk.as_ref().expect("a risk").log_odds)
        .collect();
    let firm = then.iter().take_while(|one| one.band != 1).count();
    assert!(
        order[..firm].is_sorted_by(|one, other| one >= other),
        "{order:?}"
    );
    assert!(service.terminate().await);

    let config = place.file(
        "goodstanding.toml",
        "[limits]\nlook_back_events_max = 100\n",
    );
    let flags = ["--config", config.as_str()];
    let service = Service::start_with(&place.path("data"), &flags).await;
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let request = ListCampaignsRequest {
        as_of,
        ..ListCampaignsRequest::default()
    };
    let refused = client.list_campaigns(request).await.expect_err("too far");
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
}
