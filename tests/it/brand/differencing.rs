//! What a seller learns of one rival by asking again after each day of that rival.

use std::collections::BTreeMap;
use std::time::Duration;

use goodstanding::proto::v1::{
    CompareToPeersRequest, CompareToPeersResponse, Event, GetBrandProgressResponse,
    GetStatusResponse, IngestBatchRequest, Review, event,
};
use prost::Message;
use tonic::transport::Channel;

use super::{SELLER, asked, market};
use crate::security::raw::call;
use crate::security::server::{Running, with_tokens};
use crate::security::tokens::Signer;
use crate::support::command::Place;
use crate::support::{at, good_review, review};

const RIVAL: &str = "BS000021";
const DAYS: i64 = 4;
const DAY: i64 = 86_400;
const PROGRESS: &str = "/goodstanding.v1.BrandService/GetBrandProgress";
const COMPARE: &str = "/goodstanding.v1.BrandService/CompareToPeers";
const INGEST: &str = "/goodstanding.v1.IngestService/IngestBatch";
const STATUS: &str = "/goodstanding.v1.AdminService/GetStatus";

/// A market with a curious seller.
struct Scene {
    _running: Running,
    channel: Channel,
    platform: String,
    seller: String,
}

impl Scene {
    async fn ask<A: Message + Default>(
        &self,
        path: &'static str,
        token: &str,
        request: &impl Message,
    ) -> A {
        let answer = call(&self.channel, path, Some(token), &request.encode_to_vec()).await;
        A::decode(&answer.expect("answered")[..]).expect("the message")
    }

    async fn send(&self, events: &[Event]) {
        for part in events.chunks(5000) {
            let events = part.to_vec();
            let request = IngestBatchRequest { events }.encode_to_vec();
            let taken = call(&self.channel, INGEST, Some(&self.platform), &request).await;
            taken.expect("taken");
        }
    }

    /// Waits until peers rest on everything.
    async fn rest(&self) {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let nothing = CompareToPeersRequest::default();
            let status: GetStatusResponse = self.ask(STATUS, &self.platform, &nothing).await;
            let request = asked(SELLER).encode_to_vec();
            let found = call(&self.channel, PROGRESS, Some(&self.platform), &request).await;
            let found = found
                .ok()
                .and_then(|bytes| GetBrandProgressResponse::decode(&bytes[..]).ok()?.progress);
            let at = |progress: goodstanding::proto::v1::BrandProgress| {
                progress.peers_log_sequence.min(progress.log_sequence)
            };
            let is_settled = status.evidence_event_count == status.event_count;
            if is_settled && found.map(at) == Some(status.log_sequence) {
                return;
            }
        }
    }
}

/// Numbers of peers that a seller is told, by name.
async fn told(scene: &Scene) -> BTreeMap<String, f64> {
    scene.rest().await;
    let answer: GetBrandProgressResponse = scene.ask(PROGRESS, &scene.seller, &asked(SELLER)).await;
    let progress = answer.progress.expect("progress");
    let measures = progress.pillars.iter().flat_map(|one| &one.measures);
    for percentile in measures.clone().filter_map(|one| one.raw_percentile) {
        assert_eq!(percentile.fract(), 0.0, "a whole percentile");
    }
    let medians =
        measures.filter_map(|one| Some((format!("{} median", one.code), one.peer_median?)));
    let mut told: BTreeMap<String, f64> = medians.collect();
    assert!(!told.is_empty());
    let request = CompareToPeersRequest {
        seller_id: SELLER.to_owned(),
    };
    let compared: CompareToPeersResponse = scene.ask(COMPARE, &scene.seller, &request).await;
    for one in compared.quantiles {
        let values = [one.p10, one.p25, one.p50, one.p75, one.p90];
        for (share, value) in [10, 25, 50, 75, 90].into_iter().zip(values) {
            told.insert(format!("{} p{share}", one.code), value);
        }
    }
    told
}

/// The rival's own numbers, which only the rival and the platform may read.
async fn secret(scene: &Scene) -> BTreeMap<String, f64> {
    let answer: GetBrandProgressResponse =
        scene.ask(PROGRESS, &scene.platform, &asked(RIVAL)).await;
    let mut secret = BTreeMap::new();
    for pillar in &answer.progress.expect("progress").pillars {
        for one in &pillar.measures {
            if let Some(clean) = one.clean_value {
                secret.insert(one.code.clone(), clean.value);
            }
        }
    }
    secret
}

fn digits(value: f64) -> usize {
    let text = format!("{:e}", value.abs());
    let mantissa = text.split('e').next().expect("a mantissa");
    mantissa.chars().filter(char::is_ascii_digit).count()
}

/// Bad reviews of the rival on one day.
fn bad_day(events: &[Event], day: i64) -> Vec<Event> {
    let listings: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.payload {
            Some(event::Payload::Listing(one)) if one.seller_id == RIVAL => Some(one.clone()),
            _ => None,
        })
        .collect();
    let newest = events.iter().filter_map(|event| match &event.payload {
        Some(event::Payload::Review(review)) => Some(review.time?.seconds),
        _ => None,
    });
    let start = newest.max().expect("reviews") + day * DAY;
    let of = |(number, listing): (usize, &goodstanding::proto::v1::Listing)| {
        let id = format!("bad-{day}-{number}");
        review(Review {
            marketplace: listing.marketplace.clone(),
            listing_id: listing.listing_id.clone(),
            reviewer_id: format!("buyer-{id}"),
            rating: 1,
            body: "It broke on the first day.".to_owned(),
            verified_purchase: Some(true),
            time: at(start + number as i64 * 60),
            ..good_review(&id)
        })
    };
    let repeated = listings.iter().cycle().take(40);
    repeated.enumerate().map(of).collect()
}

#[tokio::test]
async fn one_rivals_change_is_not_readable_from_repeated_answers() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let config =
        with_tokens(&place, &[&signer]) + "[rate]\nseller = { per_second = 0, burst = 1 }\n";
    let running = Running::start(&place, &config);
    let scene = Scene {
        channel: running.plain().await,
        _running: running,
        platform: signer.platform(),
        seller: signer.seller(&[SELLER]),
    };
    let events = market(60);
    scene.send(&events).await;
    let mut before = told(&scene).await;
    let mut own_before = secret(&scene).await;
    let (mut moved, mut readable) = (0, Vec::new());
    for day in 1..=DAYS {
        scene.send(&bad_day(&events, day)).await;
        let after = told(&scene).await;
        let own_after = secret(&scene).await;
        for (name, value) in &after {
            assert!(digits(*value) <= 2, "{name} is {value}");
            let code = name.split(' ').next().expect("a code");
            let (Some(was), Some(now)) = (own_before.get(code), own_after.get(code)) else {
                continue;
            };
            let Some(value_before) = before.get(name) else {
                continue;
            };
            // Rounded to two digits, a number moves in steps of a tenth at most.
            let step = 0.11 * value.abs().max(value_before.abs());
            let shift = (value - value_before).abs();
            let of_rival = (now - was).abs();
            moved += usize::from(of_rival > 0.0);
            // Thin data is drawn to the average of the whole group, which forty bad reviews of one day
            // move as well: the lowest quantile follows it most.
            if shift > step.max(of_rival * 2.0 / 3.0) {
                readable.push(format!(
                    "day {day}, {name}: {value_before} to {value}, and the rival {was} to {now}"
                ));
            }
        }
        (before, own_before) = (after, own_after);
    }
    assert!(moved > 0, "the rival changed nothing");
    assert!(readable.is_empty(), "{readable:#?}");
}
