//! A market behind a service that asks for tokens.

use crate::support::subject;
use std::collections::BTreeSet;

use goodstanding::lab::simulate::{Config, Market};
use goodstanding::proto::v1::{self, event};
use prost::Message as _;
use tonic::transport::Channel;

use super::pki::Authority;
use super::raw::call;
use super::server::{Running, with_tokens};
use super::tokens::Signer;
use crate::support::command::Place;

/// A market with campaigns, and who is who in it.
pub(crate) struct Stage {
    place: Place,
    pub(crate) signer: Signer,
    pub(crate) channel: Channel,
    /// A campaign that `own` is in and `foreign` is not.
    pub(crate) campaign: v1::Campaign,
    pub(crate) own: String,
    pub(crate) foreign: String,
    /// A listing of `own`.
    pub(crate) listing: v1::Subject,
    running: Running,
}

/// The tests themselves are in a hurry.
fn unhurried(place: &Place) -> String {
    "[rate]\nseller = { per_second = 0, burst = 1 }\n".to_owned()
        + "operator = { per_second = 0, burst = 1 }\n"
        + "unknown = { per_second = 0, burst = 1 }\n"
        + &format!("[backup]\ndirectory = '{}'\n", place.text("backups"))
}

/// Waits until campaigns and brand progress are of all events, and there are peers.
async fn settle(channel: &Channel, token: Option<&str>) {
    let progress = v1::GetBrandProgressRequest {
        seller_id: "S000001".to_owned(),
        ..Default::default()
    };
    let peers = v1::CompareToPeersRequest {
        seller_id: progress.seller_id.clone(),
    };
    loop {
        let path = "/goodstanding.v1.AdminService/GetStatus";
        let status = call(channel, path, token, &[]).await.expect("status");
        let status = v1::GetStatusResponse::decode(&status[..]).expect("a status");
        let path = "/goodstanding.v1.BrandService/GetBrandProgress";
        let known = call(channel, path, token, &progress.encode_to_vec()).await;
        let known = known.ok().and_then(|bytes| {
            v1::GetBrandProgressResponse::decode(&bytes[..])
                .ok()?
                .progress
        });
        let of_all = known.is_some_and(|known| known.log_sequence == status.log_sequence);
        let path = "/goodstanding.v1.BrandService/CompareToPeers";
        let compared = call(channel, path, token, &peers.encode_to_vec()).await;
        if status.evidence_event_count == status.event_count && of_all && compared.is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let place = Place::new();
        let signer = Signer::ed25519("k1");
        let config = with_tokens(&place, &[&signer]) + &unhurried(&place);
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
        settle(&channel, Some(&platform)).await;
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
            place,
            signer,
            channel,
            campaign,
            own,
            foreign,
            running,
        }
    }

    /// Starts the service anew on the same data, to know callers by their certificates only. Gives
    /// connections of nobody, the own seller, the foreign one, the platform and an operator.
    pub(crate) async fn known_by_certificates(self) -> (Place, Running, [Channel; 5]) {
        let Self {
            place,
            own,
            foreign,
            running,
            ..
        } = self;
        drop(running);
        let (authority, clients) = (Authority::new("servers"), Authority::new("clients"));
        let server = authority.server();
        let config = format!(
            "[tls]\ncertificate = '{}'\nkey = '{}'\nclient_ca = '{}'\n\
             [[auth.clients]]\nname = 'own.example'\nrole = 'seller'\nsellers = ['{own}']\n\
             [[auth.clients]]\nname = 'foreign.example'\nrole = 'seller'\nsellers = ['{foreign}']\n\
             [[auth.clients]]\nname = 'platform.example'\nrole = 'platform'\n\
             [[auth.clients]]\nname = 'spiffe://example/operator'\nrole = 'operator'\n{}",
            place.file("tls.crt", &server.certificate),
            place.file("tls.key", &server.key),
            place.file("clients.crt", &clients.pem),
            unhurried(&place),
        );
        let running = Running::start(&place, &config);
        let mut channels = vec![running.secure(&authority.pem, None).await.expect("open")];
        for name in [
            "own.example",
            "foreign.example",
            "platform.example",
            "spiffe://example/operator",
        ] {
            let pair = clients.client(&[name]);
            let channel = running.secure(&authority.pem, Some(&pair)).await;
            channels.push(channel.expect("connected"));
        }
        settle(&channels[3], None).await;
        (place, running, channels.try_into().expect("five"))
    }

    pub(crate) fn seller(&self) -> v1::Subject {
        subject(v1::SubjectKind::Seller, "", &self.own)
    }
}
