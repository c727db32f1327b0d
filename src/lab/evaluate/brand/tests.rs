use super::*;
use crate::proto::v1::event::Payload;
use crate::proto::v1::{Event, Listing, Order, Review, Seller};
use crate::stats::Bootstrap;

const START: i64 = 1_420_070_400;

fn at(month: u32, day: u32) -> pbjson_types::Timestamp {
    // Months of 30.4 days suffice, because only the order counts.
    let seconds = START + i64::from(month) * 2_628_000 + i64::from(day) * 86_400;
    pbjson_types::Timestamp { seconds, nanos: 0 }
}

fn event(payload: Payload) -> Event {
    Event {
        revision: 0,
        payload: Some(payload),
    }
}

fn order(seller: u32, month: u32, number: u32) -> Event {
    event(Payload::Order(Order {
        order_id: format!("o{seller}-{month}-{number}"),
        marketplace: "m".into(),
        listing_id: format!("l{seller}"),
        buyer_id: format!("b{seller}-{month}-{number}"),
        time: Some(at(month, number % 28)),
        quantity: 1,
        delivered: Some(true),
        ..Order::default()
    }))
}

fn review(seller: u32, month: u32, stars: u32) -> Event {
    event(Payload::Review(Review {
        review_id: format!("r{seller}-{month}"),
        marketplace: "m".into(),
        listing_id: format!("l{seller}"),
        reviewer_id: format!("w{seller}-{month}"),
        rating: stars,
        time: Some(at(month, 27)),
        ..Review::default()
    }))
}

/// Makes eighty sellers over 34 months. Every third stops in a month of its own.
fn events() -> Vec<Event> {
    let mut events = Vec::new();
    for seller in 0..80_u32 {
        events.push(event(Payload::Seller(Seller {
            seller_id: format!("s{seller:02}"),
            ..Seller::default()
        })));
        events.push(event(Payload::Listing(Listing {
            listing_id: format!("l{seller}"),
            marketplace: "m".into(),
            seller_id: format!("s{seller:02}"),
            ..Listing::default()
        })));
        let stops = if seller % 3 == 0 { 6 + seller % 22 } else { 99 };
        for month in 0..34_u32.min(stops) {
            // Most sell every month; some sell rarely.
            for number in 0..(seller * 7 + month * 3) % 5 {
                events.push(order(seller, month, number));
            }
            if (seller + month) % 4 == 0 {
                events.push(review(seller, month, 1 + (seller + month) % 5));
            }
        }
    }
    events
}

fn walked(events: Vec<Event>) -> Walk {
    walk(&Market::of(events), &mut Product::default()).unwrap()
}

#[test]
fn future_events_do_not_change_past_scores() {
    let before = walked(events());
    assert!(before.months.len() >= 5, "{}", before.months.len());
    let cut = START + 22 * 2_628_000;
    let time = |event: &Event| match &event.payload {
        Some(Payload::Order(order)) => order.time.as_ref().map(|time| time.seconds),
        Some(Payload::Review(review)) => review.time.as_ref().map(|time| time.seconds),
        _ => None,
    };
    // After the cut all ratings are inverted, half of the sellers are silent, and the others
    // double.
    let mut changed = Vec::new();
    for mut event in events() {
        if time(&event).is_some_and(|time| time >= cut) {
            match event.payload.as_mut() {
                Some(Payload::Review(review)) => review.rating = 6 - review.rating,
                Some(Payload::Order(order)) => {
                    let even = order.listing_id.ends_with(['0', '2', '4', '6', '8']);
                    if even {
                        continue;
                    }
                    let mut again = order.clone();
                    again.order_id += "-again";
                    again.delivered = Some(false);
                    changed.push(self::event(Payload::Order(again)));
                }
                _ => {}
            }
        }
        changed.push(event);
    }
    let after = walked(changed);
    let (mut same, mut moved) = (0, 0);
    for (one, other) in before.months.iter().zip(&after.months) {
        assert_eq!(one.month, other.month);
        let end = crate::domain::first_day(crate::domain::Month(one.month + 1));
        if i64::from(end) * 86_400 <= cut {
            assert_eq!(one.sellers, other.sellers);
            assert_eq!(one.scores, other.scores);
            assert_eq!(one.facts, other.facts);
            assert_eq!(one.logistic, other.logistic);
            same += 1;
        } else {
            moved += usize::from(one.scores != other.scores);
        }
    }
    // A leak would be visible: scores after the cut did change.
    assert!(same >= 3 && moved >= 1, "{same} {moved}");
    let outcomes = |walk: &Walk| walk.months[0].after.clone();
    assert_ne!(outcomes(&before), outcomes(&after));
}

#[test]
fn leaking_scorer_is_near_one_and_constant_scorer_is_one_half() {
    struct Fixed(fn(&str) -> Option<f64>);
    impl Scorer for Fixed {
        fn names(&self) -> Vec<&'static str> {
            vec!["fixed"]
        }
        fn fold(&mut self, _: u32, _: &Event) -> Result<(), String> {
            Ok(())
        }
        fn scores(&mut self, _: u32, sellers: &[&str]) -> Result<Vec<Vec<Option<f64>>>, String> {
            Ok(vec![sellers.iter().map(|seller| self.0(seller)).collect()])
        }
    }
    let market = Market::of(events());
    let figures = |scorer: fn(&str) -> Option<f64>| {
        let walk = walk(&market, &mut Fixed(scorer)).unwrap();
        let bootstrap = Bootstrap {
            draws: 50,
            ..Bootstrap::default()
        };
        measure(&walk, &bootstrap)
    };
    let none = figures(|_| None);
    assert_eq!(none.targets["survival"].concordance, Some(0.5));
    assert_eq!(none.abstained_share, 1.0);
    // The number of a seller says whether it stops: the order is right except for stops after the
    // six months.
    let oracle = figures(|seller| {
        let number: u32 = seller[1..].parse().ok()?;
        Some(f64::from(u8::from(!number.is_multiple_of(3))))
    });
    assert!(oracle.targets["survival"].concordance.unwrap() > 0.8);
    assert!(oracle.margin_over_best_baseline.is_some() && oracle.interval.is_some());
    let [low, high] = oracle.interval.unwrap();
    assert!(low <= oracle.concordance.unwrap() && oracle.concordance.unwrap() <= high);
}

#[test]
fn sellers_and_listings_appear_with_their_first_order() {
    let market = Market::of(events());
    let mut seen = std::collections::HashSet::new();
    let mut last = 0;
    for (at, event) in &market.events {
        assert!(*at >= last);
        last = *at;
        match &event.payload {
            Some(Payload::Listing(listing)) => {
                seen.insert(listing.listing_id.clone());
            }
            Some(Payload::Order(order)) => {
                assert!(seen.contains(&order.listing_id));
                // The end of an order is unknown when it is placed.
                assert_eq!(order.delivered.is_some(), event.revision == 1);
            }
            Some(Payload::Review(review)) => assert!(seen.contains(&review.listing_id)),
            _ => {}
        }
    }
}

#[test]
fn empty_market_has_no_figures() {
    let walk = walked(Vec::new());
    assert!(walk.months.is_empty());
    let figures = measure(&walk, &Bootstrap::default());
    assert_eq!((figures.concordance, figures.rows), (None, 0));
}
