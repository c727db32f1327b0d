//! Every RPC, by each role: a table of its own, so that a change of the rules shows.

use std::collections::BTreeSet;

use goodstanding::proto::v1::{self, event};
use goodstanding::simulate::{Config, Market};
use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::Code;
use tonic::Code::{Ok as Fine, PermissionDenied as Denied, Unauthenticated as Unknown};
use tonic::transport::Channel;

use super::raw::{call, code};
use super::server::{Running, with_tokens};
use super::support::command::Place;
use super::support::{good_review, review};
use super::tokens::Signer;

/// A market with campaigns, and who is who in it.
pub(crate) struct Stage {
    _place: Place,
    pub(crate) signer: Signer,
    pub(crate) channel: Channel,
    /// A campaign that `own` is in and `foreign` is not.
    pub(crate) campaign: v1::Campaign,
    pub(crate) own: String,
    pub(crate) foreign: String,
    /// A listing of `own`.
    pub(crate) listing: v1::Subject,
    _running: Running,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let place = Place::new();
        let signer = Signer::ed25519("k1");
        // The tests themselves are in a hurry.
        let config = with_tokens(&place, &[&signer])
            + "[rate]\nseller = { per_second = 0, burst = 1 }\n"
            + "operator = { per_second = 0, burst = 1 }\n"
            + "unknown = { per_second = 0, burst = 1 }\n"
            + &format!(
                "[backup]\ndirectory = '{}'\n",
                place.path("backups").display()
            );
        let running = Running::start(&place, &config);
        let channel = running.plain().await;
        let platform = signer.platform();
        let market = Market::new(Config {
            orders: false,
            snapshots: false,
            ..Config::sized(3, 6000)
        });
        let events: Vec<v1::Event> = market.collect();
        let sellers: BTreeSet<String> = events
            .iter()
            .filter_map(|event| match &event.payload {
                Some(event::Payload::Seller(seller)) => Some(seller.seller_id.clone()),
                _ => None,
            })
            .collect();
        for batch in events.chunks(5000) {
            let request = v1::IngestBatchRequest {
                events: batch.to_vec(),
            };
            let path = "/goodstanding.v1.IngestService/IngestBatch";
            call(&channel, path, Some(&platform), &request.encode_to_vec())
                .await
                .expect("taken");
        }
        let path = "/goodstanding.v1.IntegrityService/ListCampaigns";
        let found = call(&channel, path, Some(&platform), &[])
            .await
            .expect("campaigns");
        let found = v1::ListCampaignsResponse::decode(&found[..]).expect("a page");
        // One with several sellers, so that there is something to hide.
        let campaign = found
            .campaigns
            .into_iter()
            .max_by_key(|one| one.seller_ids.len());
        let campaign = campaign.expect("campaigns were planted");
        let own = campaign.seller_ids[0].clone();
        let foreign = sellers.iter().find(|id| !campaign.seller_ids.contains(id));
        let foreign = foreign.expect("not all sellers are in it").clone();
        let listing = campaign.listings.iter().find(|subject| {
            events.iter().any(|event| match &event.payload {
                Some(event::Payload::Listing(listing)) => {
                    listing.listing_id == subject.id && listing.seller_id == own
                }
                _ => false,
            })
        });
        Self {
            listing: listing.expect("of this seller").clone(),
            _place: place,
            signer,
            channel,
            campaign,
            own,
            foreign,
            _running: running,
        }
    }

    fn seller(&self) -> v1::Subject {
        v1::Subject {
            kind: v1::SubjectKind::Seller.into(),
            marketplace: String::new(),
            id: self.own.clone(),
        }
    }

    /// A request of each RPC, about what belongs to `own`; then what nobody, `own`, `foreign`, the
    /// platform and an operator get.
    fn cases(&self) -> Vec<(&'static str, Vec<u8>, [Code; 5])> {
        const SCOPED: [Code; 5] = [Unknown, Fine, Denied, Fine, Fine];
        const WRITE: [Code; 5] = [Unknown, Denied, Denied, Fine, Denied];
        const RUN: [Code; 5] = [Unknown, Denied, Denied, Fine, Fine];
        const OPERATE: [Code; 5] = [Unknown, Denied, Denied, Denied, Fine];
        const OPEN: [Code; 5] = [Fine; 5];
        let subject = Some(self.listing.clone());
        let events = vec![review(good_review("r1"))];
        let reflection = tonic_reflection::pb::v1::ServerReflectionRequest {
            message_request: Some(
                tonic_reflection::pb::v1::server_reflection_request::MessageRequest::ListServices(
                    String::new(),
                ),
            ),
            ..Default::default()
        };
        vec![
            (
                "/goodstanding.v1.AdminService/CreateBackup",
                v1::CreateBackupRequest {}.encode_to_vec(),
                OPERATE,
            ),
            (
                "/goodstanding.v1.AdminService/EraseReviewer",
                v1::EraseReviewerRequest {
                    reviewers: vec![v1::Subject {
                        kind: v1::SubjectKind::Reviewer.into(),
                        marketplace: "sim.us".to_owned(),
                        id: "nobody".to_owned(),
                    }],
                }
                .encode_to_vec(),
                OPERATE,
            ),
            (
                "/goodstanding.v1.AdminService/GetStatus",
                v1::GetStatusRequest {}.encode_to_vec(),
                RUN,
            ),
            (
                "/goodstanding.v1.AdminService/ListModelVersions",
                v1::ListModelVersionsRequest::default().encode_to_vec(),
                RUN,
            ),
            (
                "/goodstanding.v1.HistoryService/WatchAssessments",
                v1::WatchAssessmentsRequest {
                    seller_ids: vec![self.own.clone()],
                    ..Default::default()
                }
                .encode_to_vec(),
                SCOPED,
            ),
            (
                "/goodstanding.v1.HistoryService/ListHistory",
                v1::ListHistoryRequest {
                    subject: Some(self.seller()),
                    ..Default::default()
                }
                .encode_to_vec(),
                SCOPED,
            ),
            (
                "/goodstanding.v1.IngestService/Ingest",
                v1::IngestRequest {
                    batch_number: 1,
                    events: events.clone(),
                }
                .encode_to_vec(),
                WRITE,
            ),
            (
                "/goodstanding.v1.IngestService/IngestBatch",
                v1::IngestBatchRequest { events }.encode_to_vec(),
                WRITE,
            ),
            (
                "/goodstanding.v1.IntegrityService/GetAssessment",
                v1::GetAssessmentRequest {
                    subject: Some(self.seller()),
                    as_of: None,
                }
                .encode_to_vec(),
                SCOPED,
            ),
            (
                "/goodstanding.v1.IntegrityService/GetCampaign",
                v1::GetCampaignRequest {
                    campaign_id: self.campaign.campaign_id.clone(),
                    ..Default::default()
                }
                .encode_to_vec(),
                SCOPED,
            ),
            (
                "/goodstanding.v1.IntegrityService/GetDividend",
                v1::GetDividendRequest {
                    subject: subject.clone(),
                    ..Default::default()
                }
                .encode_to_vec(),
                SCOPED,
            ),
            (
                "/goodstanding.v1.IntegrityService/ListAssessments",
                v1::ListAssessmentsRequest {
                    kind: v1::SubjectKind::Listing.into(),
                    seller_id: self.own.clone(),
                    ..Default::default()
                }
                .encode_to_vec(),
                SCOPED,
            ),
            (
                "/goodstanding.v1.IntegrityService/ListCampaigns",
                v1::ListCampaignsRequest {
                    subject: subject.clone(),
                    ..Default::default()
                }
                .encode_to_vec(),
                SCOPED,
            ),
            (
                "/goodstanding.v1.IntegrityService/ListSuspectReviews",
                v1::ListSuspectReviewsRequest {
                    subject,
                    ..Default::default()
                }
                .encode_to_vec(),
                SCOPED,
            ),
            (
                "/goodstanding.v1.IntegrityService/ScreenReviews",
                v1::ScreenReviewsRequest {
                    reviews: vec![good_review("r2")],
                }
                .encode_to_vec(),
                WRITE,
            ),
            ("/grpc.health.v1.Health/Check", Vec::new(), OPEN),
            ("/grpc.health.v1.Health/Watch", Vec::new(), OPEN),
            (
                "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                reflection.encode_to_vec(),
                RUN,
            ),
        ]
    }
}

/// Paths of all RPCs in encoded descriptor sets.
fn served() -> BTreeSet<String> {
    let sets = [
        goodstanding::proto::DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
    ];
    let mut paths = BTreeSet::new();
    for set in sets {
        let set = FileDescriptorSet::decode(set).expect("descriptors");
        for file in &set.file {
            for service in &file.service {
                let methods = service.method.iter().map(|method| {
                    format!("/{}.{}/{}", file.package(), service.name(), method.name())
                });
                paths.extend(methods);
            }
        }
    }
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_answers_each_role_as_the_table_says() {
    let stage = Stage::set().await;
    let cases = stage.cases();
    let tried: BTreeSet<String> = cases.iter().map(|(path, ..)| (*path).to_owned()).collect();
    assert_eq!(tried, served(), "an RPC has no row here");
    let signer = &stage.signer;
    let tokens = [
        None,
        Some(signer.seller(&[&stage.own])),
        Some(signer.seller(&[&stage.foreign])),
        Some(signer.platform()),
        Some(signer.operator()),
    ];
    for (path, request, expected) in cases {
        let mut got = Vec::new();
        for token in &tokens {
            let answer = call(&stage.channel, path, token.as_deref(), &request).await;
            got.push(code(&answer));
        }
        assert_eq!(got, expected, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_served_is_refused_to_everybody() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let running = Running::start(&place, &with_tokens(&place, &[&signer]));
    let channel = running.plain().await;
    for path in ["/goodstanding.v1.AdminService/Evaluate", "/x.Y/Z"] {
        let answer = call(&channel, path, Some(&signer.operator()), &[]).await;
        assert_eq!(code(&answer), Denied, "{path}");
        assert_eq!(
            code(&call(&channel, path, None, &[]).await),
            Unknown,
            "{path}"
        );
    }
}
