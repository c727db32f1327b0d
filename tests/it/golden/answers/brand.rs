//! Brand progress, peers, advice, plans, and what customers talk about.

use std::time::{Duration, Instant};

use goodstanding::proto::v1::brand_plan_change::Change;
use goodstanding::proto::v1::brand_service_client::BrandServiceClient;
use goodstanding::proto::v1::{
    BrandPlanChange, BrandProgress, CompareToPeersRequest, GetBrandProgressRequest,
    ListRecommendationsRequest, ListVoiceTopicsRequest, SimulateBrandPlanRequest, Subject,
};
use tonic::transport::Channel;

use super::integrity::refusal;
use super::{named, section};
use crate::golden::document::Section;
use crate::support::Service;
use crate::support::pages::MESSAGE_BYTES_MAX;

/// Progress that is written whole; of all sellers there is a line of main figures.
const WRITTEN_WHOLE: usize = 3;
/// Longest that the brand pass may take.
const PATIENCE: Duration = Duration::from_secs(300);

type Client = BrandServiceClient<Channel>;

fn client(service: &Service) -> Client {
    BrandServiceClient::new(service.channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX)
}

/// The progress once it and the peers' statistics rest on the whole log.
async fn at_rest(client: &mut Client, seller: &Subject, sequence: u64) -> BrandProgress {
    let started = Instant::now();
    loop {
        let request = GetBrandProgressRequest {
            seller_id: seller.id.clone(),
            ..GetBrandProgressRequest::default()
        };
        if let Ok(found) = client.get_brand_progress(request).await {
            let progress = found.into_inner().progress.expect("progress");
            if progress.log_sequence.min(progress.peers_log_sequence) >= sequence {
                return progress;
            }
        }
        assert!(started.elapsed() < PATIENCE, "it never comes to rest");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(super) async fn progress(service: &Service, sellers: &[Subject], sections: &mut Vec<Section>) {
    let mut client = client(service);
    let sequence = service.status().await.log_sequence;
    // Evidence comes first; a pass that began before it would be followed by another.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (mut figures, mut whole) = (Vec::new(), Vec::new());
    for seller in sellers {
        let progress = at_rest(&mut client, seller, sequence).await;
        let mut pillars = progress.pillars.clone();
        for pillar in &mut pillars {
            pillar.measures.clear();
        }
        let main = BrandProgress {
            pillars,
            months: Vec::new(),
            ..progress.clone()
        };
        figures.push(named(seller, &main));
        whole.push(named(seller, &progress));
    }
    sections.push(section("brand figures", usize::MAX, figures));
    sections.push(section("brand progress", WRITTEN_WHOLE, whole));
}

/// Peers, recommendations, the plan that follows the first of them, and topics.
pub(super) async fn advice(service: &Service, sellers: &[Subject], sections: &mut Vec<Section>) {
    let mut client = client(service);
    let (mut peers, mut advice) = (Vec::new(), Vec::new());
    let (mut plans, mut topics) = (Vec::new(), Vec::new());
    for seller in sellers {
        let seller_id = seller.id.clone();
        let request = CompareToPeersRequest {
            seller_id: seller_id.clone(),
        };
        peers.push(match client.compare_to_peers(request).await {
            Ok(found) => named(seller, &found.into_inner()),
            Err(status) => named(seller, &refusal(status.code())),
        });
        let request = ListRecommendationsRequest {
            seller_id: seller_id.clone(),
            page_size: 1000,
            ..ListRecommendationsRequest::default()
        };
        let found = client.list_recommendations(request).await;
        let found = found.expect("known").into_inner();
        if let Some(first) = found.recommendations.first() {
            let request = SimulateBrandPlanRequest {
                seller_id: seller_id.clone(),
                changes: vec![BrandPlanChange {
                    measure_code: first.measure_code.clone(),
                    change: Some(Change::To(first.value_then)),
                }],
            };
            plans.push(match client.simulate_brand_plan(request).await {
                Ok(plan) => named(seller, &plan.into_inner().then),
                Err(status) => named(seller, &refusal(status.code())),
            });
        }
        advice.push(named(seller, &found));
        let request = ListVoiceTopicsRequest {
            seller_id,
            page_size: 1000,
            ..ListVoiceTopicsRequest::default()
        };
        let found = client.list_voice_topics(request).await.expect("known");
        topics.push(named(seller, &found.into_inner()));
    }
    sections.push(section("brand peers", 1, peers));
    sections.push(section("brand recommendations", 4, advice));
    sections.push(section("brand plans", 0, plans));
    sections.push(section("voice topics", 4, topics));
}
