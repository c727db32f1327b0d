use std::collections::HashSet;

use super::*;
use crate::domain::{Event as Domain, Payload, Time};

fn all(seed: u64) -> Vec<Event> {
    let config = BrandConfig {
        months: 6,
        ..BrandConfig::sized(seed, 20)
    };
    let mut market = BrandMarket::new(config);
    let mut events = Vec::new();
    while let Some(month) = market.month() {
        events.extend(month);
    }
    events
}

#[test]
fn same_seed_gives_the_same_valid_events() {
    let events = all(3);
    assert_eq!(events, all(3));
    assert_ne!(events, all(4));
    let latest = Time::from_seconds(u32::MAX);
    let parsed = events
        .iter()
        .map(|event| crate::codec::parse_event(event.clone(), latest));
    let parsed: Vec<Domain> = parsed.map(|event| event.expect("valid")).collect();
    let mut ids = HashSet::new();
    let (mut orders, mut returning, mut buyers) = (0, 0, HashSet::new());
    for event in &parsed {
        if let Payload::Order(order) = &event.payload {
            orders += 1;
            assert!(ids.insert(order.id.clone()));
            returning += u32::from(!buyers.insert((order.buyer.clone(), order.listing.clone())));
        }
    }
    assert!(orders > 200 && returning > 10, "{orders} {returning}");
}

#[test]
fn attacks_have_their_stated_size() {
    let mut market = BrandMarket::new(BrandConfig::sized(5, 4));
    market.month().expect("a month");
    for kind in Attack::ALL {
        let events = attack(&mut market, 1, kind);
        let expected = if matches!(kind, Attack::Followers(_)) {
            1
        } else {
            kind.size()
        };
        assert_eq!(events.len() as u32, expected, "{}", kind.name());
    }
}
