//! What a seller learns of one rival by asking again after each day of that rival.

use std::collections::BTreeMap;

use goodstanding::proto::v1::{BrandProgress, CompareToPeersRequest, Event, Review, event};

use super::{Client, SELLER, asked, at_rest, client, market, send};
use crate::support::command::Place;
use crate::support::{Service, at, good_review, review};

const RIVAL: &str = "BS000021";
const DAYS: i64 = 4;
const DAY: i64 = 86_400;

/// Numbers of peers that a seller is told, by name.
async fn told(service: &Service, client: &mut Client) -> BTreeMap<String, f64> {
    let progress = at_rest(service, client, SELLER).await;
    let measures = progress.pillars.iter().flat_map(|one| &one.measures);
    let medians =
        measures.filter_map(|one| Some((format!("{} median", one.code), one.peer_median?)));
    let mut told: BTreeMap<String, f64> = medians.collect();
    let request = CompareToPeersRequest {
        seller_id: SELLER.to_owned(),
    };
    let compared = client.compare_to_peers(request).await.expect("peers");
    for one in compared.into_inner().quantiles {
        let values = [one.p10, one.p25, one.p50, one.p75, one.p90];
        for (share, value) in [10, 25, 50, 75, 90].into_iter().zip(values) {
            told.insert(format!("{} p{share}", one.code), value);
        }
    }
    told
}

/// The rival's own numbers, which only the rival and the platform may read.
async fn secret(client: &mut Client) -> BTreeMap<String, f64> {
    let found = client.get_brand_progress(asked(RIVAL)).await;
    let progress: BrandProgress = found
        .expect("known")
        .into_inner()
        .progress
        .expect("progress");
    let mut secret = BTreeMap::new();
    for pillar in &progress.pillars {
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
    let service = Service::start(&place.path("data")).await;
    let mut client = client(&service);
    let events = market(60);
    send(&service, events.clone()).await;
    let mut before = told(&service, &mut client).await;
    let mut own_before = secret(&mut client).await;
    let mut moved = 0;
    for day in 1..=DAYS {
        send(&service, bad_day(&events, day)).await;
        let after = told(&service, &mut client).await;
        let own_after = secret(&mut client).await;
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
            assert!(
                shift <= step.max(of_rival / 3.0),
                "day {day}, {name}: {value_before} to {value}, and the rival {was} to {now}"
            );
        }
        (before, own_before) = (after, own_after);
    }
    assert!(moved > 0, "the rival changed nothing");
}
