//! What a pass adds to assessments, on a small market made by hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use proptest::prelude::*;

use super::*;
use crate::domain::Band;
use crate::integrity::campaigns::tests::{
    Draft, LISTINGS, SHOP, events, honest, listing, push, state,
};
use crate::integrity::detect::DetectorTerm;
use crate::integrity::own_signals::{assess_listing, assess_review};
use crate::integrity::{Assessed, Fused, PRIOR_LOG_ODDS};
use crate::state::{ListingIx, ReviewIx};

mod hijacked_listings;
mod learned;

/// Log-odds by which the peers of single positive reviews move when negative reviews are added.
const DRIFT: f64 = 0.1;

/// A market with praise planted on listing 3 and blame on listing 5.
fn planted() -> Vec<Draft> {
    let mut drafts = honest();
    drafts.extend(push(3, 5, 200..206, 4));
    drafts.extend(push(5, 1, 300..304, 5));
    drafts
}

fn code(fused: &Fused, code: &str) -> Option<f64> {
    let mut terms = fused.terms.iter().filter(|term| term.spec.code == code);
    terms.next().map(|term| term.contribution)
}

fn rows(state: &State, number: u32) -> Vec<ReviewIx> {
    let reviews = state.reviews_of_listing(listing(state, number));
    reviews.map(|(row, _)| row).collect()
}

fn is_sum(fused: &Fused) -> bool {
    let terms = fused.terms.iter().map(|term| term.contribution);
    let sum = terms.fold(PRIOR_LOG_ODDS, |sum, term| sum + term);
    sum.to_bits() == fused.estimate.log_odds.to_bits()
}

#[test]
fn without_corpus_evidence_scores_are_those_of_own_signals() {
    let state = state(&events(&planted()));
    let nothing = CorpusEvidence::default();
    for row in state.reviews().numbers() {
        assert_eq!(
            nothing.assess_review(&state, row),
            assess_review(&state, row)
        );
    }
    for row in (0..LISTINGS).map(ListingIx::nth) {
        assert_eq!(
            nothing.assess_listing(&state, row),
            assess_listing(&state, row)
        );
    }
    assert_eq!(nothing.event_count(), 0);
    assert!(
        nothing.membership(&state, ReviewIx::nth(0)).is_none() && nothing.campaign(0).is_none()
    );
}

#[test]
fn campaign_raises_its_reviews_authors_and_promoted_listing() {
    let state = state(&events(&planted()));
    let evidence = CorpusEvidence::gather(&state);
    assert_eq!(evidence.event_count(), state.event_count());
    let hired = |number: u32| {
        let named = |row: &ReviewIx| {
            let review = state.reviews().get(*row).expect("known");
            let author = state.reviewer_of(review).expect("known");
            state.name(author.name).starts_with("hired")
        };
        rows(&state, number)
            .into_iter()
            .filter(named)
            .collect::<Vec<ReviewIx>>()
    };
    for row in hired(3).into_iter().chain(hired(5)) {
        assert!(evidence.review_probability(&state, row) > 0.6);
        let author = state.reviews().get(row).expect("known").reviewer;
        let author = evidence.assess_reviewer(&state, author.expect("an author"));
        assert!(author.fused.estimate.probability() > 0.6);
        // One review is too few for own signals, and enough for a campaign.
        assert!(author.band >= Band::Elevated);
    }
    let gains = evidence.assess_listing(&state, listing(&state, 3));
    assert!(gains.band >= Band::High, "{:?}", gains.fused);
    assert!(code(&gains.fused, "listing.campaign") > Some(2.0));
    let victim = evidence.assess_listing(&state, listing(&state, 5));
    let mut praised = honest();
    praised.extend(push(3, 5, 200..206, 4));
    let unharmed = CorpusEvidence::gather(&self::state(&events(&praised)));
    let unharmed = unharmed.assess_listing(&state, listing(&state, 5));
    assert!(victim.fused.estimate.log_odds <= unharmed.fused.estimate.log_odds + DRIFT);
    let attack = victim.attack.expect("blame");
    assert!(Band::of(&attack.estimate) >= Band::High, "{attack:?}");
    assert!(code(&attack, "listing.attack.campaign") > Some(0.2));
    assert!(code(&attack, "listing.attack.reviews") > Some(2.0));
}

#[test]
fn score_equals_the_sum_of_its_terms() {
    let state = state(&events(&planted()));
    let evidence = CorpusEvidence::gather(&state);
    let holds = |assessed: &Assessed| {
        assert!(is_sum(&assessed.fused) && assessed.attack.as_ref().is_none_or(is_sum));
        assert!((0.0..=1.0).contains(&assessed.fused.coverage));
    };
    state
        .reviews()
        .numbers()
        .for_each(|row| holds(&evidence.assess_review(&state, row)));
    state
        .reviewers()
        .numbers()
        .for_each(|row| holds(&evidence.assess_reviewer(&state, row)));
    (0..LISTINGS)
        .map(ListingIx::nth)
        .for_each(|row| holds(&evidence.assess_listing(&state, row)));
}

#[test]
fn review_after_the_pass_inherits_the_current_campaign() {
    let drafts = planted();
    let all_events = events(&drafts);
    // The pass does not see the last three of the attack, of one day.
    let seen = state(&all_events[..all_events.len() - 3]);
    let evidence = CorpusEvidence::gather(&seen);
    let state = state(&all_events);
    let late = state.reviews().len() - 3..state.reviews().len();
    for row in late.map(ReviewIx::nth) {
        let CampaignOfReview { index, belongs } =
            evidence.membership(&state, row).expect("under way");
        assert!(belongs > 0.4 && belongs < 0.9, "{belongs}");
        let after = evidence.assess_review(&state, row).fused;
        let before = evidence
            .without_campaigns()
            .assess_review(&state, row)
            .fused;
        assert!(after.estimate.log_odds >= before.estimate.log_odds);
        let campaign = after.terms.iter().find_map(|term| term.campaign);
        assert_eq!(campaign, Some(index));
    }
    // Praise of the same days and blame of much later days do not.
    let mut others = planted();
    for (stars, day) in [(5, 303), (1, 340)] {
        others.extend(push(5, stars, day..day + 1, 1));
    }
    let others = self::state(&events(&others));
    for row in others.reviews().numbers().rev().take(2) {
        assert!(evidence.membership(&others, row).is_none());
    }
}

#[test]
fn evidence_does_not_depend_on_batches_or_time_of_query() {
    let state = state(&events(&planted()));
    let (one, other) = (
        CorpusEvidence::gather(&state),
        CorpusEvidence::gather(&state.clone()),
    );
    for row in state.reviews().numbers() {
        assert_eq!(
            one.assess_review(&state, row),
            other.assess_review(&state, row)
        );
    }
}

#[test]
fn detector_weights_follow_the_campaigns_of_the_market() {
    let hold = |drafts: &[Draft]| {
        let evidence = CorpusEvidence::gather(&state(&events(drafts)));
        evidence.authors.weight(DetectorTerm::Activity)
    };
    let pushes = |busy: bool| {
        let mut drafts = honest();
        for number in 0..8 {
            let first = 20 + 45 * number;
            let mut pushed = push(4 * number, 5, first..first + 6, 4);
            for (place, draft) in (0..).zip(&mut pushed).filter(|_| busy) {
                draft.author = format!("again{}", (37 * number + 11 * place) % 300);
            }
            drafts.extend(pushed);
        }
        drafts
    };
    // Without campaigns nothing speaks against the detector; what busy accounts plant does.
    assert!(hold(&honest()) > 0.99);
    // Where hardly anybody wrote only once, hardly an identity was thrown away.
    let mut known = honest();
    known.retain(|draft| draft.author.starts_with("again"));
    assert!(hold(&known) < 0.2);
    let (busy, hired) = (hold(&pushes(true)), hold(&pushes(false)));
    assert!(busy < 0.8 && hired > busy, "{busy} {hired}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn blame_never_makes_a_listing_its_own_promoter(
        blame in proptest::collection::vec((0..400_u32, 1..3_u32, any::<bool>()), 1..40),
        target in prop_oneof![Just(3_u32), 0..LISTINGS],
    ) {
        let before = state(&events(&planted()));
        let mut drafts = planted();
        for (number, (day, stars, verified)) in blame.into_iter().enumerate() {
            drafts.push(Draft {
                listing: target,
                author: format!("rival{number}"),
                stars,
                body: format!("broke at once on day {day} says number {number} of us all"),
                verified: Some(verified),
                day: Some(day),
            });
        }
        let after = state(&events(&drafts));
        let risk = |state: &State| {
            let row = state.find_listing(SHOP, &format!("l{target}")).expect("known");
            CorpusEvidence::gather(state).assess_listing(state, row).fused.estimate.log_odds
        };
        let (before, after) = (risk(&before), risk(&after));
        prop_assert!(after <= before + DRIFT, "{} {}", before, after);
    }
}

#[test]
fn cancelled_pass_ends() {
    let state = state(&events(&planted()));
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(CorpusEvidence::gather_by(&state, None, &cancel).is_err());
    assert!(
        CorpusEvidence::gather(&state)
            .by(&state, &[None], &cancel)
            .is_err()
    );
}
