//! A sale lifts everybody, and is nobody's campaign: a market without any manipulation, with its
//! sale days, gets nobody flagged.

use goodstanding::codec::parse_event;
use goodstanding::domain::{Band, Time};
use goodstanding::integrity::own_signals::{assess_listing, assess_review, assess_reviewer};
use goodstanding::lab::simulate::{Config, Market, is_general_sale};
use goodstanding::state::{LogRef, State};

/// Longest time from a sale to its first reviews, in days.
const LAG: u32 = 9;

fn honest_market(seed: u64) -> State {
    let config = Config {
        intensity: 0.0,
        orders: false,
        snapshots: false,
        days: 365,
        ..Config::sized(seed, 2500)
    };
    let mut state = State::default();
    for (index, message) in (0_u32..).zip(Market::new(config)) {
        let event = parse_event(message, Time::from_seconds(u32::MAX)).unwrap();
        let log = LogRef {
            sequence: index >> 16,
            index: index as u16,
        };
        state.apply(&event, log).unwrap();
    }
    state
}

fn after_a_sale(day: u32) -> bool {
    (day.saturating_sub(LAG)..day).any(is_general_sale)
}

#[test]
fn sale_day_flags_no_honest_subject() {
    let state = honest_market(1);
    for row in state.listings().numbers() {
        let assessed = assess_listing(&state, row);
        assert!(assessed.band < Band::High, "{row:?}: {assessed:#?}");
    }
    for row in state.reviewers().numbers() {
        assert!(assess_reviewer(&state, row).band < Band::High, "{row:?}");
    }
    let (mut on_sale, mut other) = ((0.0, 0_u32), (0.0, 0_u32));
    for (row, review) in state.reviews().numbered() {
        let assessed = assess_review(&state, row);
        let (Some(time), true) = (review.time(), review.arrived()) else {
            continue;
        };
        let kind = if after_a_sale(time.day()) {
            &mut on_sale
        } else {
            &mut other
        };
        kind.0 += assessed.fused.estimate.log_odds;
        kind.1 += 1;
        assert!(
            !after_a_sale(time.day()) || assessed.band < Band::High,
            "{row:?}: {assessed:#?}"
        );
    }
    assert!(
        on_sale.1 > 50 && other.1 > 1000,
        "{} {}",
        on_sale.1,
        other.1
    );
    // The sale itself hardly moves anybody's score.
    let lift = on_sale.0 / f64::from(on_sale.1) - other.0 / f64::from(other.1);
    assert!(lift < 0.1, "{lift}");
}
