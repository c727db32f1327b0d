//! Tests that all numbers are finite, and that cached progress equals computed progress.

use std::sync::Arc;

use proptest::prelude::*;

use super::gather::gather;
use super::peer_context::PeerContext;
use super::progress::progress;
use super::{
    At, Config, Part, Peers, Progress, ProgressModel, StageCounts, advice, measure_index, plan,
};
use crate::domain::Time;
use crate::lab::evaluate::robustness::{apply, fold};
use crate::lab::simulate::brands::BrandConfig;
use crate::proto::v1::event::Payload;
use crate::proto::v1::{self, Event};
use crate::state::{LogRef, SellerIx, State};

fn small(sellers: u32) -> BrandConfig {
    BrandConfig {
        months: 8,
        orders: 3.0,
        ..BrandConfig::sized(7, sellers)
    }
}

fn model(state: &State, threads: usize) -> ProgressModel {
    let config = Arc::new(Config::default());
    ProgressModel::compute(
        At { state, sequence: 1 },
        &config,
        &|_| 0.0,
        threads,
        &|| true,
    )
    .expect("nobody stops it")
}

fn of(model: &ProgressModel, seller: SellerIx) -> Option<Arc<Progress>> {
    model.get(seller)?.progress.clone()
}

#[test]
fn progress_is_equal_on_any_number_of_threads_and_orders_sellers_by_strength() {
    let folded = fold(small(80)).expect("valid");
    let (one, two) = (model(&folded.state, 1), model(&folded.state, 2));
    let (mut concordant, mut pairs) = (0, 0);
    let mut indices = Vec::new();
    for truth in &folded.truth {
        let row = folded.state.find_seller(&truth.seller_id).expect("known");
        assert_eq!(of(&one, row), of(&two, row));
        let index = of(&one, row).and_then(|found| found.index);
        indices.extend(index.map(|index| (truth.strength, index.value)));
    }
    assert!(indices.len() > 70, "{}", indices.len());
    for (place, a) in indices.iter().enumerate() {
        for b in &indices[..place] {
            pairs += 1;
            concordant += u32::from((a.0 < b.0) == (a.1 < b.1));
        }
    }
    let share = f64::from(concordant) / f64::from(pairs);
    assert!(share > 0.75, "{share}");
}

#[test]
fn update_equals_a_computation_from_scratch() {
    let mut folded = fold(small(60)).expect("valid");
    let mut cached = model(&folded.state, 1);
    assert!(cached.stale(&folded.state).next().is_none());
    let kind = crate::lab::simulate::brands::Attack::BrushingOrders(3);
    let events = crate::lab::simulate::brands::attack(&mut folded.market, 5, kind);
    apply(&mut folded.state, events).expect("valid");
    let stale: Vec<SellerIx> = cached.stale(&folded.state).take(9).collect();
    assert_eq!(stale.len(), 1);
    let at = At {
        state: &folded.state,
        sequence: 2,
    };
    cached.update(at, &stale, &|_| 0.0);
    let mut stage_counts = StageCounts::default();
    for row in (0..60).map(SellerIx::nth) {
        if let Some(progress) = of(&cached, row) {
            stage_counts.add(&progress);
        }
    }
    assert_eq!(cached.stage_counts(), &stage_counts);
    let fresh = cached.examine(&folded.state, stale[0], Part::default(), &|_| 0.0);
    assert_eq!(of(&cached, stale[0]).as_deref(), fresh.as_ref());
    assert!(cached.stale(&folded.state).next().is_none());
}

#[test]
fn plans_move_the_index_and_recommendations_gain() {
    let folded = fold(small(80)).expect("valid");
    let model = model(&folded.state, 1);
    let progress = (0..80)
        .filter_map(|row| of(&model, SellerIx::nth(row)))
        .find(|found| {
            let index = found.index.map(|index| index.value);
            index.is_some_and(|index| index < 45.0)
        });
    let progress = progress.expect("somebody is below the middle");
    let rating = measure_index("quality.rating").expect("a measure");
    let to = |stars: f64| {
        let changes = [plan::Change {
            measure: rating,
            target: plan::Target::To(stars),
        }];
        plan::simulate(&progress, &changes, model.peers(), model.config()).expect("sensible")
    };
    let index = |found: &Progress| found.index.expect("an index").value;
    assert!(index(&to(5.0)) > index(&progress) && index(&to(1.5)) < index(&progress));
    assert_eq!(index(&to(5.0)), index(&to(5.0)));
    let returns = measure_index("quality.returns").expect("a measure");
    let refused = plan::simulate(
        &progress,
        &[plan::Change {
            measure: returns,
            target: plan::Target::To(1.5),
        }],
        model.peers(),
        model.config(),
    );
    assert_eq!(refused.err(), Some((0, plan::PlanError::OutOfRange)));
    let advice = advice::recommend(&progress, model.peers(), model.config());
    assert!(!advice.is_empty());
    assert!(advice.is_sorted_by(|a, b| a.gain_per_day() >= b.gain_per_day()));
    for one in &advice {
        let (half, all, more) = (one.gain_of_half, one.gain, one.gain_of_more);
        assert!(0.0 <= half && half <= all && all <= more, "{one:?}");
    }
}

#[test]
fn few_peers_give_no_index_and_equal_peers_the_middle() {
    let folded = fold(small(6)).expect("valid");
    let alone = model(&folded.state, 1);
    let found = of(&alone, SellerIx::nth(0)).expect("something is known");
    assert!(found.index.is_none() && found.measures.iter().all(|(_, one)| one.position.is_none()));
    // A hundred sellers that differ by name alone.
    let mut state = State::default();
    for number in 0..100 {
        apply(&mut state, twins(number)).expect("valid");
    }
    let even = model(&state, 1);
    let index = of(&even, SellerIx::nth(50)).and_then(|found| found.index);
    let index = index.expect("all have the same");
    assert!((index.value - 50.0).abs() < 1e-6, "{index:?}");
}

fn order(seller: u32, number: u32, price: i64, seconds: i64) -> Event {
    let money = v1::Money {
        currency_code: "EUR".to_owned(),
        units: price,
        nanos: 0,
    };
    Event {
        revision: 0,
        payload: Some(Payload::Order(v1::Order {
            order_id: format!("o{seller}-{number}"),
            marketplace: "shop.example".to_owned(),
            listing_id: format!("l{seller}-{}", number % 2),
            buyer_id: format!("b{seller}-{}", number % 3),
            time: Some(pbjson_types::Timestamp { seconds, nanos: 0 }),
            quantity: 1,
            price: Some(money),
            destination_country: "DE".to_owned(),
            promotion: Some(false),
            delivered: Some(true),
            refunded: Some(false),
        })),
    }
}

fn listing(seller: u32, place: u32) -> Event {
    Event {
        revision: 0,
        payload: Some(Payload::Listing(v1::Listing {
            listing_id: format!("l{seller}-{place}"),
            marketplace: "shop.example".to_owned(),
            seller_id: format!("s{seller}"),
            title: "a kettle".to_owned(),
            ..v1::Listing::default()
        })),
    }
}

fn twins(seller: u32) -> Vec<Event> {
    let orders = (0..6).map(|n| order(seller, n, 10, 1_700_000_000 + i64::from(n) * 3_000_000));
    [listing(seller, 0), listing(seller, 1)]
        .into_iter()
        .chain(orders)
        .collect()
}

/// Every number of a progress.
fn numbers(found: &Progress) -> Vec<f64> {
    let mut all = vec![found.coverage, found.fragility.gap, found.fragility.orders];
    for ranged in found.pillars.iter().chain([&found.index]).flatten() {
        all.extend([ranged.value, ranged.lower, ranged.upper]);
        assert!(ranged.lower <= ranged.value && ranged.value <= ranged.upper);
        assert!((0.0..=100.0 + 1e-9).contains(&ranged.value), "{ranged:?}");
    }
    all.extend(found.raw_pillars.iter().flatten());
    all.extend(found.raw_index);
    for (_, standing) in &found.measures {
        for value in [standing.raw, standing.clean].into_iter().flatten() {
            all.extend([value.value, value.sd, value.weight]);
            assert!(value.sd > 0.0, "{standing:?}");
        }
        all.extend(
            standing
                .position
                .iter()
                .flat_map(|position| [position.z, position.sd]),
        );
    }
    for month in &found.months {
        all.extend(
            month
                .index
                .iter()
                .chain(&month.raw)
                .map(|index| f64::from(*index)),
        );
    }
    all.extend(
        found
            .trend
            .iter()
            .flat_map(|trend| [trend.slope, trend.rising]),
    );
    all
}

/// One seller with odd data among usual ones.
fn odd(events: &[(u8, u32, i64, f64)]) -> State {
    let mut state = State::default();
    for number in 1..40 {
        apply(&mut state, twins(number)).expect("valid");
    }
    apply(&mut state, vec![listing(0, 0), listing(0, 1)]).expect("valid");
    let latest = Time::from_seconds(u32::MAX);
    for (number, (kind, seconds, price, value)) in (0..).zip(events) {
        let start = i64::from(*seconds);
        let message = match kind {
            0 | 1 => order(0, number, *price, start),
            2 => Event {
                revision: 0,
                payload: Some(Payload::ListingSnapshot(v1::ListingSnapshot {
                    listing_id: "l0-0".to_owned(),
                    marketplace: "shop.example".to_owned(),
                    time: Some(pbjson_types::Timestamp {
                        seconds: start,
                        nanos: 0,
                    }),
                    units: Some(*price as u64),
                    sessions: Some(0),
                    returns: Some(*price as u64 * 2),
                    sales_rank: Some(1),
                    ..v1::ListingSnapshot::default()
                })),
            },
            _ => Event {
                revision: 0,
                payload: Some(Payload::BrandSignal(v1::BrandSignal {
                    signal_id: format!("m{number}"),
                    seller_id: "s0".to_owned(),
                    channel: 1 + i32::from(kind % 5),
                    metric: [
                        "brand_queries",
                        "category_queries",
                        "sessions",
                        "followers",
                        "share",
                        "unit_cost",
                        "spend",
                        "orders",
                    ][usize::from(kind % 8)]
                    .to_owned(),
                    value: *value,
                    start_time: Some(pbjson_types::Timestamp {
                        seconds: start,
                        nanos: 0,
                    }),
                    end_time: Some(pbjson_types::Timestamp {
                        seconds: price.saturating_mul(100_000).saturating_add(start + 1),
                        nanos: 0,
                    }),
                    provenance: 1 + i32::from(kind % 3),
                    ..v1::BrandSignal::default()
                })),
            },
        };
        // Two snapshots of one second are one.
        if let Ok(event) = crate::codec::parse_event(message, latest) {
            let log = LogRef {
                sequence: 1,
                index: 0,
            };
            state.apply(&event, log).expect("room");
        }
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn all_numbers_are_finite(events in proptest::collection::vec(
        (
            0..16_u8,
            // Gaps of ten years and more, and months without anything.
            prop_oneof![0..10_u32, 1_300_000_000..1_301_000_000_u32, 1_650_000_000..1_720_000_000_u32],
            // Free goods and dear ones.
            prop_oneof![Just(0_i64), 1..100_i64, Just(1_000_000_000_000_000)],
            prop_oneof![Just(0.0), Just(-5.0), -1e3..1e3_f64, Just(1e300), Just(f64::MIN_POSITIVE)],
        ),
        0..40,
    )) {
        let state = odd(&events);
        let model = model(&state, 1);
        let row = state.find_seller("s0").expect("known");
        if let Some(found) = of(&model, row) {
            let all = numbers(&found);
            prop_assert!(all.iter().all(|number| number.is_finite()), "{:?}", found);
            for one in advice::recommend(&found, model.peers(), model.config()) {
                prop_assert!(one.gain.is_finite() && one.value_then.is_finite());
            }
        }
        // With no peers at all, nothing is placed and nothing breaks.
        let context = PeerContext::of(&state, &|_| 0.0);
        let inputs = gather(&state, row, &context, Part::default(), &|_| 0.5);
        let alone = progress(&inputs, &Peers::default(), inputs.peers, &Config::default());
        if let Some(alone) = alone {
            prop_assert!(alone.index.is_none());
            prop_assert!(numbers(&alone).iter().all(|number| number.is_finite()));
        }
    }
}
