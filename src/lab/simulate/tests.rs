use std::collections::HashSet;

use prost::Message as _;
use xxhash_rust::xxh3::Xxh3;

use super::{Config, Market};
use crate::proto::v1::Event;
use crate::proto::v1::event::Payload;

fn small(seed: u64) -> Config {
    Config::sized(seed, 20_000)
}

fn digest(config: Config) -> u64 {
    let mut hash = Xxh3::new();
    for event in Market::new(config) {
        hash.update(&event.encode_to_vec());
    }
    hash.digest()
}

fn time(event: &Event) -> Option<i64> {
    // A changed listing keeps its creation time, which is not the time of the change.
    if event.revision > 0 {
        return None;
    }
    let time = match event.payload.as_ref()? {
        Payload::Seller(seller) => &seller.register_time,
        Payload::Listing(listing) => &listing.create_time,
        Payload::Review(review) => &review.time,
        Payload::ReviewRemoval(removal) => &removal.time,
        Payload::Order(order) => &order.time,
        Payload::ListingSnapshot(snapshot) => &snapshot.time,
        _ => return None,
    };
    time.as_ref().map(|time| time.seconds)
}

#[test]
fn same_seed_same_events() {
    assert_eq!(digest(small(7)), digest(small(7)));
    assert_ne!(digest(small(7)), digest(small(8)));
}

#[test]
fn reviews_do_not_depend_on_orders() {
    let reviews = |orders| {
        let market = Market::new(Config { orders, ..small(5) });
        let keep = market.filter_map(|event| match event.payload {
            Some(Payload::Review(review)) => Some((review.review_id, review.body)),
            _ => None,
        });
        keep.collect::<Vec<_>>()
    };
    assert!(reviews(true) == reviews(false));
}

#[test]
fn events_are_ordered_and_ids_are_unique() {
    let (mut last, mut seen) = (i64::MIN, HashSet::new());
    let mut known = HashSet::new();
    for event in Market::new(small(3)) {
        if let Some(now) = time(&event) {
            assert!(now >= last);
            last = now;
        }
        let id = match event.payload.unwrap() {
            Payload::Seller(seller) => seller.seller_id,
            Payload::Listing(listing) if event.revision == 0 => {
                known.insert(listing.listing_id.clone());
                listing.listing_id
            }
            Payload::Review(review) => {
                assert!(known.contains(&review.listing_id));
                assert!((1..=5).contains(&review.rating));
                review.review_id
            }
            Payload::ReviewRemoval(removal) => {
                assert!(seen.contains(&removal.review_id));
                continue;
            }
            Payload::Order(order) => order.order_id,
            _ => continue,
        };
        assert!(seen.insert(id));
    }
}

#[test]
fn shares_and_sizes_are_realistic() {
    for seed in 1..4 {
        let mut market = Market::new(Config {
            orders: false,
            snapshots: false,
            ..small(seed)
        });
        let (mut reviews, mut bytes, mut fives, mut removals) =
            (0_usize, 0_usize, 0_usize, 0_usize);
        let mut bodies = HashSet::new();
        for event in market.by_ref() {
            match &event.payload {
                Some(Payload::Review(review)) => {
                    reviews += 1;
                    bytes += event.encoded_len();
                    fives += usize::from(review.rating == 5);
                    bodies.insert(review.body.clone());
                }
                Some(Payload::ReviewRemoval(_)) => removals += 1,
                _ => {}
            }
        }
        let rows = &market.truth().rows;
        let ids: HashSet<&str> = rows
            .iter()
            .filter(|row| row.kind == "review")
            .map(|row| row.id.as_str())
            .collect();
        let share = ids.len() as f64 / reviews as f64;
        let mean = bytes as f64 / reviews as f64;
        assert!((18_000..22_000).contains(&reviews), "{reviews}");
        assert!((0.07..0.11).contains(&share), "{share}");
        assert!((250.0..450.0).contains(&mean), "{mean}");
        assert!((0.4..0.75).contains(&(fives as f64 / reviews as f64)));
        assert!(bodies.len() * 10 > reviews * 8);
        assert!(removals > 100);
        let schemes: HashSet<&str> = rows.iter().map(|row| row.scheme).collect();
        assert_eq!(schemes.len(), 6, "{schemes:?}");
        assert!(
            rows.iter()
                .any(|row| row.role == "victim" && row.kind == "listing")
        );
    }
}

#[test]
fn market_without_schemes_has_no_truth() {
    let mut market = Market::new(Config {
        intensity: 0.0,
        ..small(2)
    });
    assert!(market.by_ref().count() > 20_000);
    assert!(market.truth().rows.is_empty());
}

#[test]
fn truth_is_written_as_json_lines() {
    let mut market = Market::new(Config {
        orders: false,
        ..small(4)
    });
    market.by_ref().for_each(drop);
    let mut out = Vec::new();
    super::write_json_lines(&mut out, &market.truth().rows).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), market.truth().rows.len());
    let row: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert!(row["kind"].is_string() && row["scheme"].is_string());
}

#[test]
fn memory_does_not_grow_with_events() {
    let mut market = Market::new(small(6));
    let (mut events, mut rows) = (0_usize, 0_usize);
    while market.next().is_some() {
        events += 1;
        if events % 1_000 == 0 {
            rows += market.take_truth().len();
            // The items of one day, and the new accounts of the first day.
            assert!(market.items.len() < 1_500, "{}", market.items.len());
        }
    }
    assert!(rows > 1_000);
}

#[test]
fn tiny_and_odd_sizes_run() {
    for (reviews, days, intensity) in [
        (0, 0, 1.0),
        (50, 10, 1.0),
        (300, 40, 5.0),
        (2_000, 365, 4.0),
    ] {
        let config = Config {
            days,
            intensity,
            ..Config::sized(9, reviews)
        };
        Market::new(config).for_each(drop);
    }
}
