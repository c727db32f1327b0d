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
    assert_eq!(ends(&[1.0; 400], 2.1), (1.0, 2.1));
    assert_eq!(ends(&[], 2.1), (2.1, 2.1));
}

#[test]
fn interval_includes_its_point_estimate() {
    for (praise, blame) in [(5, 2), (5, 6), (9, 3)] {
        let mut drafts = honest();
        drafts.retain(|draft| draft.listing != 3);
        for (place, mut draft) in honest().into_iter().filter(|d| d.listing == 3).enumerate() {
            draft.stars = 1;
            if place < blame {
                drafts.push(draft);
            }
        }
        drafts.extend(push(3, 5, 200..206, praise));
        let state = state(&events(&drafts));
        let row = listing(&state, 3);
        let evidence = CorpusEvidence::gather(&state);
        for seed in 0..5 {
            let found = dividend(&state, &evidence, &[row], Formula::Mean, seed).expect("reviews");
            let (low, high) = found.clean_interval;
            assert!(low <= found.clean && found.clean <= high, "{found:?}");
            let (low, high) = found.interval;
            assert!(low <= found.dividend && found.dividend <= high, "{found:?}");
        }
    }
}
