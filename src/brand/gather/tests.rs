//! Gathers inputs from a few orders and reviews.

use super::{Part, gather, month_end, month_of};
use crate::brand::inputs::Flow;
use crate::brand::measure::View;
use crate::brand::peer_context::PeerContext;
use crate::brand::window::WINDOW;
use crate::domain::{Country, Time};
use crate::lab::evaluate::robustness::apply;
use crate::proto::v1::event::Payload;
use crate::proto::v1::{self, Event};
use crate::state::{ListingIx, ReviewIx, SellerIx, State};

const DAY: i64 = 86_400;
/// 1 March 2024.
const MARCH: i64 = 1_709_251_200;

#[allow(
    clippy::unnecessary_wraps,
    reason = "messages hold their parts as options"
)]
fn at(seconds: i64) -> Option<pbjson_types::Timestamp> {
    Some(pbjson_types::Timestamp { seconds, nanos: 0 })
}

fn event(payload: Payload) -> Event {
    Event {
        revision: 0,
        payload: Some(payload),
    }
}

fn listing(id: &str, brand: &str) -> Event {
    event(Payload::Listing(v1::Listing {
        listing_id: id.to_owned(),
        marketplace: "shop.example".to_owned(),
        seller_id: "s".to_owned(),
        destination_country: "US".to_owned(),
        brand: brand.to_owned(),
        ..v1::Listing::default()
    }))
}

fn order(id: &str, listing: &str, buyer: &str, seconds: i64, country: &str) -> Event {
    event(Payload::Order(v1::Order {
        order_id: id.to_owned(),
        marketplace: "shop.example".to_owned(),
        listing_id: listing.to_owned(),
        buyer_id: buyer.to_owned(),
        time: at(seconds),
        quantity: 1,
        price: Some(v1::Money {
            currency_code: "USD".to_owned(),
            units: 10,
            nanos: 0,
        }),
        destination_country: country.to_owned(),
        ..v1::Order::default()
    }))
}

fn review(id: &str, author: &str, rating: u32, seconds: i64) -> Event {
    event(Payload::Review(v1::Review {
        review_id: id.to_owned(),
        marketplace: "shop.example".to_owned(),
        listing_id: "l1".to_owned(),
        reviewer_id: author.to_owned(),
        rating,
        time: at(seconds),
        ..v1::Review::default()
    }))
}

fn market() -> State {
    let mut state = State::default();
    let events = vec![
        // Orders come before their listings.
        order("o1", "l1", "ann", MARCH, "US"),
        order("o2", "l1", "ann", MARCH + 60, "US"),
        order("o3", "l2", "ann", MARCH + 2 * DAY, "BR"),
        order("o4", "l1", "bob", MARCH + 40 * DAY, "DE"),
        listing("l1", "Kalo"),
        listing("l2", "Venu"),
        review("r1", "ann", 5, MARCH + 5 * DAY),
        review("r2", "cyd", 1, MARCH + 6 * DAY),
    ];
    apply(&mut state, events).expect("valid");
    state
}

#[test]
fn buyers_return_on_another_day_only() {
    let state = market();
    let context = PeerContext::of(&state, &|_| 0.0);
    let inputs = gather(&state, SellerIx::nth(0), &context, Part::default(), &|_| {
        0.0
    });
    assert_eq!(
        usize::from(inputs.first_month) + inputs.months.len() - 1,
        651
    );
    let [march, april] = inputs.months.last_chunk::<2>().expect("months");
    let of = |flow: Flow| (march.flow(flow, View::Raw), april.flow(flow, View::Raw));
    assert_eq!(of(Flow::Orders), (3.0, 1.0));
    assert_eq!(of(Flow::Buyers), (1.0, 1.0));
    // Ann: two orders of the first day, one of another listing two days later.
    assert_eq!(of(Flow::ReturningBuyers), (1.0, 0.0));
    assert_eq!(of(Flow::CrossListingBuyers), (1.0, 0.0));
    assert_eq!(of(Flow::ReturningRevenue), (10.0, 0.0));
    assert_eq!(of(Flow::BuyerRevenue), (30.0, 10.0));
    assert_eq!(of(Flow::DestinationKnown), (3.0, 1.0));
    assert_eq!(of(Flow::OutsideCustomary), (1.0, 0.0));
    assert_eq!(
        (
            of(Flow::Reviews).0,
            of(Flow::Stars).0,
            of(Flow::PositiveReviews).0
        ),
        (2.0, 6.0, 1.0)
    );
    assert_eq!((inputs.markets.keys, inputs.products.keys), (3, 2));
    assert!(inputs.months.len() > WINDOW);
}

#[test]
fn suspicion_lowers_the_clean_view_alone() {
    let state = market();
    let context = PeerContext::of(&state, &|_| 0.0);
    let row = state.find_review("shop.example", "r1").expect("known");
    let doubt = move |review: ReviewIx| if review == row { 0.75 } else { 0.0 };
    let inputs = gather(&state, SellerIx::nth(0), &context, Part::default(), &doubt);
    let march = &inputs.months[inputs.months.len() - 2];
    assert_eq!(march.flow(Flow::Reviews, View::Raw), 2.0);
    assert_eq!(march.flow(Flow::Reviews, View::Clean), 1.25);
    assert_eq!(march.flow(Flow::Stars, View::Clean), 0.25 * 5.0 + 1.0);
}

#[test]
fn remaining_weights_of_planted_reviews_do_not_choose_the_peers() {
    let in_category = |id: &str, category: &str| {
        let mut event = listing(id, "Kalo");
        if let Some(Payload::Listing(listing)) = &mut event.payload {
            listing.category_path = vec![category.to_owned()];
        }
        event
    };
    let mut state = State::default();
    let mut events = vec![in_category("l1", "Lamps"), in_category("l2", "Locks")];
    events.extend((0..9).map(|n| {
        let id = n.to_string();
        order(&id, "l2", &id, MARCH + n * DAY, "US")
    }));
    // Two hundred reviews of a lamp, each of which might be genuine by a tenth: twenty together.
    events.extend((0..200).map(|n| {
        let id = format!("r{n}");
        review(&id, &id, 5, MARCH + 20 * DAY + n)
    }));
    apply(&mut state, events).expect("valid");
    let context = PeerContext::of(&state, &|_| 0.0);
    let group = |doubt: f64| {
        let inputs = gather(
            &state,
            SellerIx::nth(0),
            &context,
            Part::default(),
            &move |_| doubt,
        );
        inputs.peers.group
    };
    let of = |row| {
        state
            .listings()
            .get(ListingIx::nth(row))
            .map(|row| row.group)
    };
    let (lamp, lock) = (of(0), of(1));
    assert_eq!((group(0.9), group(0.0)), (lock, lamp));
}

#[test]
fn parts_and_past_months_are_gathered_alone() {
    let state = market();
    let context = PeerContext::of(&state, &|_| 0.0);
    let orders = |part: Part| -> f64 {
        let inputs = gather(&state, SellerIx::nth(0), &context, part, &|_| 0.0);
        inputs
            .months
            .iter()
            .map(|month| month.flow(Flow::Orders, View::Raw))
            .sum()
    };
    let brand = state.find_word("Venu");
    assert_eq!(
        orders(Part {
            brand,
            ..Part::default()
        }),
        1.0
    );
    let market = Country::new("US");
    assert_eq!(
        orders(Part {
            market,
            ..Part::default()
        }),
        2.0
    );
    // In the middle of April, March is the last month that is over.
    let as_of = Time::from_seconds((MARCH + 45 * DAY) as u32);
    let before = month_end(as_of);
    assert_eq!(before.seconds(), (MARCH + 31 * DAY) as u32);
    assert_eq!(
        orders(Part {
            before: Some(before),
            ..Part::default()
        }),
        3.0
    );
    assert_eq!(month_of(before.seconds() - 1), 650);
}

/// This many orders in each week, each of a new buyer, and visits of each week where they are known.
fn weekly(counts: &[u32], visits: Option<&[u64]>) -> State {
    let mut state = State::default();
    let mut events = vec![listing("l1", "Kalo"), listing("l2", "Venu")];
    for (week, count) in (0_i64..).zip(counts) {
        let start = MARCH + week * 7 * DAY;
        for number in 0..i64::from(*count) {
            let id = format!("{week}-{number}");
            let second = start + number * 7 * DAY / i64::from(*count);
            let at = if number % 2 == 0 { "l1" } else { "l2" };
            events.push(order(&id, at, &id, second, "US"));
        }
        if let Some(visits) = visits {
            events.push(event(Payload::ListingSnapshot(v1::ListingSnapshot {
                listing_id: "l1".to_owned(),
                marketplace: "shop.example".to_owned(),
                time: at(start + 6 * DAY),
                sessions: Some(visits[week as usize]),
                ..v1::ListingSnapshot::default()
            })));
        }
    }
    apply(&mut state, events).expect("valid");
    state
}

/// Clean orders over raw ones of each month that has any, oldest first; and how surely orders go on at
/// the end, clean over raw.
fn kept(state: &State) -> (Vec<f64>, f64) {
    let context = PeerContext::of(state, &|_| 0.0);
    let inputs = gather(state, SellerIx::nth(0), &context, Part::default(), &|_| 0.0);
    let share = |month: &crate::brand::inputs::Month| {
        let raw = month.flow(Flow::Orders, View::Raw);
        (raw > 0.0).then(|| month.flow(Flow::Orders, View::Clean) / raw)
    };
    let [raw, clean] = inputs
        .months
        .last()
        .and_then(|month| month.sustained)
        .expect("orders");
    (
        inputs.months.iter().filter_map(share).collect(),
        clean.value / raw.value,
    )
}

#[test]
fn steady_growth_of_orders_is_kept() {
    // From 2 a week to 75, a seventh more each week.
    let grown = |week: u32| (2.0 * libm::pow(1.15, f64::from(week))) as u32;
    let mut counts = vec![2; 30];
    counts.extend((0..26).map(grown));
    let (months, goes_on) = kept(&weekly(&counts, None));
    assert!(months.iter().all(|share| *share > 0.999), "{months:?}");
    assert!(goes_on > 0.999, "{goes_on}");
}

#[test]
fn sudden_growth_counts_at_once_with_visits_and_within_months_without() {
    let mut counts = vec![2; 30];
    counts.extend([40; 30]);
    // Twenty times the visits, too.
    let mut visits = vec![100; 30];
    visits.extend([2000; 30]);
    let (months, goes_on) = kept(&weekly(&counts, Some(&visits)));
    assert!(months.iter().all(|share| *share > 0.999), "{months:?}");
    assert!(goes_on > 0.999, "{goes_on}");
    // Without visits the orders are believed when they have lasted.
    let lasting = |to: u32, weeks: usize| {
        let mut counts = vec![2; 80];
        counts.extend(vec![to; weeks]);
        kept(&weekly(&counts, None))
    };
    assert!(lasting(40, 8).1 < 0.2);
    for (to, weeks) in [(40, 16), (200, 20)] {
        let (months, goes_on) = lasting(to, weeks);
        // And then from its beginning.
        assert!(months.iter().all(|share| *share > 0.999), "{months:?}");
        assert!(goes_on > 0.999, "{goes_on}");
    }
}
