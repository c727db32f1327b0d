use super::*;
use crate::domain::Time;
use crate::integrity::campaigns::tests::{Draft, events, honest, listing, push, state};
use crate::state::LogRef;

/// Ratings of stars by day on listing 0 of a market.
fn rated(given: &[(u32, u32)]) -> (State, ListingIx) {
    let draft = |(number, (stars, day)): (usize, &(u32, u32))| Draft {
        listing: 0,
        author: format!("author{number}"),
        stars: *stars,
        body: String::new(),
        verified: None,
        day: Some(*day),
    };
    let drafts: Vec<Draft> = given.iter().enumerate().map(draft).collect();
    let state = state(&events(&drafts));
    let row = listing(&state, 0);
    (state, row)
}

#[test]
fn recency_rating_depends_on_age_differences_only() {
    let formula = Formula::Recency {
        half_life_days: 10.0,
    };
    let of = |given: &[(u32, u32)]| {
        let (state, row) = rated(given);
        let reviews = state.reviews_of_listing(row).map(|(_, review)| review);
        formula.rating(&state, reviews)
    };
    // Five stars weigh half of the one that came ten days later, however long ago both came.
    let near = of(&[(5, 100), (2, 110)]).expect("reviews");
    assert!((near - 3.0).abs() < 1e-4, "{near}");
    let (mut state, row) = rated(&[(5, 100), (2, 110)]);
    let mut late = events(&honest()[..1]).remove(0);
    if let crate::domain::Payload::Review(review) = &mut late.payload {
        review.id = crate::domain::Id::new("late").expect("an id");
        review.listing = crate::domain::Id::new("another").expect("an id");
        review.time = Some(Time::from_seconds(4_000_000_000));
    }
    let log = LogRef {
        sequence: 2,
        index: 0,
    };
    state.apply(&late, log).expect("room");
    let reviews = state.reviews_of_listing(row).map(|(_, review)| review);
    let far = formula.rating(&state, reviews).expect("reviews");
    assert!((far - 3.0).abs() < 1e-4, "{far}");
}

#[test]
fn interval_includes_a_mean_outside_its_draws() {
    // All but a few draws end at 1 star, and those few lift the mean.
    let ends = |draws: &[f64]| {
        let Interval { low, high } = interval(draws, 2.1);
        (low, high)
    };
    assert_eq!(ends(&[1.0; 400]), (1.0, 2.1));
    assert_eq!(ends(&[]), (2.1, 2.1));
}

#[test]
fn interval_includes_its_point_estimate() {
    for (positive, negative) in [(5, 2), (5, 6), (9, 3)] {
        let mut drafts = honest();
        drafts.retain(|draft| draft.listing != 3);
        for (index, mut draft) in honest().into_iter().filter(|d| d.listing == 3).enumerate() {
            draft.stars = 1;
            if index < negative {
                drafts.push(draft);
            }
        }
        drafts.extend(push(3, 5, 200..206, positive));
        let state = state(&events(&drafts));
        let row = listing(&state, 3);
        let evidence = CorpusEvidence::gather(&state);
        for seed in 0..5 {
            let measured =
                dividend(&state, &evidence, &[row], Formula::Mean, seed).expect("reviews");
            let includes =
                |interval: Interval, value| interval.low <= value && value <= interval.high;
            assert!(
                includes(measured.clean_interval, measured.clean),
                "{measured:?}"
            );
            assert!(
                includes(measured.interval, measured.dividend),
                "{measured:?}"
            );
        }
    }
}
