//! What a pass adds to assessments, on a small market made by hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use proptest::prelude::*;

use super::*;
use crate::domain::{Event, Id, Listing, Payload};
use crate::integrity::campaigns::tests::{
    Draft, LISTINGS, SHOP, events, honest, listing, push, state,
};
use crate::integrity::campaigns::{Attribution, Kind};
use crate::integrity::detect::Corpus;
use crate::integrity::detect::Term as Part;
use crate::integrity::detect::features::{Feature, visit};
use crate::integrity::dividend::{Formula, dividend};
use crate::integrity::fusion::Term;
use crate::integrity::learn::{Training, fit};
use crate::integrity::{Assessed, Band, Fused, PRIOR_LOG_ODDS, assess_listing, assess_review};
use crate::proto::v1::Fulfilment;
use crate::state::LogRef;

/// A market with praise planted on listing 3 and blame on listing 5.
fn planted() -> Vec<Draft> {
    let mut drafts = honest();
    drafts.extend(push(3, 5, 200..206, 4));
    drafts.extend(push(5, 1, 300..304, 5));
    drafts
}

fn code(fused: &Fused<'_>, code: &str) -> Option<f64> {
    let mut terms = fused.terms.iter().filter(|term| term.spec.code == code);
    terms.next().map(|term| term.contribution)
}

fn rows(state: &State, number: u32) -> Vec<u32> {
    let reviews = state.reviews_of_listing(listing(state, number));
    reviews.map(|(row, _)| row).collect()
}

fn is_sum(fused: &Fused<'_>) -> bool {
    let terms = fused.terms.iter().map(|term| term.contribution);
    let sum = terms.fold(PRIOR_LOG_ODDS, |sum, term| sum + term);
    sum.to_bits() == fused.estimate.log_odds.to_bits()
}

#[test]
fn nothing_known_is_what_own_signals_say() {
    let state = state(&events(&planted()));
    let nothing = Evidence::default();
    for row in 0..state.reviews().len() {
        assert_eq!(
            nothing.assess_review(&state, row),
            assess_review(&state, row)
        );
    }
    for row in 0..LISTINGS {
        assert_eq!(
            nothing.assess_listing(&state, row),
            assess_listing(&state, row)
        );
    }
    assert_eq!(nothing.event_count(), 0);
    assert!(nothing.membership(&state, 0).is_none() && nothing.campaign(0).is_none());
}

#[test]
fn planted_reviews_their_authors_and_who_gains_are_told() {
    let state = state(&events(&planted()));
    let evidence = Evidence::gather(&state);
    assert_eq!(evidence.event_count(), state.event_count());
    let hired = |number: u32| {
        let named = |row: &u32| {
            let author = state.reviews().get(*row).map(|review| review.reviewer);
            let author = author
                .and_then(|row| state.reviewers().get(row))
                .expect("known");
            state.name(author.name).starts_with("hired")
        };
        rows(&state, number)
            .into_iter()
            .filter(named)
            .collect::<Vec<u32>>()
    };
    for row in hired(3).into_iter().chain(hired(5)) {
        assert!(evidence.review_probability(&state, row) > 0.6);
        let author = state.reviews().get(row).expect("known").reviewer;
        let author = evidence.assess_reviewer(&state, author);
        assert!(author.fused.estimate.probability() > 0.6);
        // One review is too few for own signals, and enough for a campaign.
        assert!(author.band >= Band::Elevated);
    }
    let gains = evidence.assess_listing(&state, listing(&state, 3));
    assert!(gains.band >= Band::High, "{:?}", gains.fused);
    assert!(code(&gains.fused, "listing.campaign") > Some(2.0));
    let victim = evidence.assess_listing(&state, listing(&state, 5));
    let own = assess_listing(&state, listing(&state, 5));
    assert_eq!(victim.fused, own.fused);
    let attack = victim.attack.expect("blame");
    assert!(Band::of(&attack.estimate) >= Band::High, "{attack:?}");
    assert!(code(&attack, "listing.attack.campaign") > Some(2.0));
}

#[test]
fn every_score_is_the_sum_of_its_terms() {
    let state = state(&events(&planted()));
    let evidence = Evidence::gather(&state);
    let holds = |assessed: &Assessed| {
        assert!(is_sum(&assessed.fused) && assessed.attack.as_ref().is_none_or(is_sum));
        assert!((0.0..=1.0).contains(&assessed.fused.coverage));
    };
    (0..state.reviews().len()).for_each(|row| holds(&evidence.assess_review(&state, row)));
    (0..state.reviewers().len()).for_each(|row| holds(&evidence.assess_reviewer(&state, row)));
    (0..LISTINGS).for_each(|row| holds(&evidence.assess_listing(&state, row)));
}

#[test]
fn what_comes_after_the_pass_inherits_the_campaign_under_way() {
    let drafts = planted();
    let all = events(&drafts);
    // The pass does not see the last three of the attack, of one day.
    let seen = state(&all[..all.len() - 3]);
    let evidence = Evidence::gather(&seen);
    let state = state(&all);
    let late = state.reviews().len() - 3..state.reviews().len();
    for row in late {
        let (campaign, belongs) = evidence.membership(&state, row).expect("under way");
        assert!(belongs > 0.4 && belongs < 0.9, "{belongs}");
        let after = evidence.assess_review(&state, row).fused;
        let before = evidence
            .without_campaigns()
            .assess_review(&state, row)
            .fused;
        assert!(after.estimate.log_odds >= before.estimate.log_odds);
        let found = after.terms.iter().find_map(|term| term.campaign);
        assert_eq!(found, Some(campaign));
    }
    // Praise of the same days and blame of much later days do not.
    let mut others = planted();
    for (stars, day) in [(5, 303), (1, 340)] {
        others.extend(push(5, stars, day..day + 1, 1));
    }
    let others = self::state(&events(&others));
    for row in others.reviews().len() - 2..others.reviews().len() {
        assert!(evidence.membership(&others, row).is_none());
    }
}

#[test]
fn evidence_does_not_depend_on_batches_or_on_when_it_was_asked() {
    let state = state(&events(&planted()));
    let (one, other) = (Evidence::gather(&state), Evidence::gather(&state.clone()));
    for row in 0..state.reviews().len() {
        assert_eq!(
            one.assess_review(&state, row),
            other.assess_review(&state, row)
        );
    }
}

/// Listing 7 becomes another product when all honest reviews are in; six more follow.
fn turned() -> State {
    let mut drafts = honest();
    let before = drafts.len();
    for (number, mut draft) in (0..).zip(push(7, 4, 420..426, 1)) {
        draft.author = format!("again{}", 17 * number);
        draft.verified = Some(true);
        draft.day = Some(405 + 40 * number);
        drafts.push(draft);
    }
    let reviews = events(&drafts);
    let page = |number: u32, leaf: &str, title: &str, revision| {
        let id = |text: &str| Id::new(text).expect("an id");
        Event {
            revision,
            payload: Payload::Listing(Box::new(Listing {
                id: id(&format!("l{number}")),
                marketplace: id(SHOP),
                seller: None,
                destination: None,
                category_path: vec!["Home".to_owned(), leaf.to_owned()],
                brand: String::new(),
                title: title.to_owned(),
                price: None,
                fulfilment: Fulfilment::Unspecified,
                variation_parent: None,
                completeness: None,
                created: None,
                content: 0,
                attributes: [0; 8],
            })),
        }
    };
    let pages = (0..LISTINGS).map(|number| page(number, "kettles", "steel kettle, quiet", 0));
    let turn = page(7, "drones", "folding drone with two cameras", 1);
    let events = pages
        .chain(reviews[..before].iter().cloned())
        .chain([turn])
        .chain(reviews[before..].iter().cloned());
    let mut state = State::default();
    for (event, sequence) in events.zip(0..) {
        let log = LogRef { sequence, index: 0 };
        state.apply(&event, log).expect("room");
    }
    state
}

#[test]
fn what_a_page_carried_over_is_held_against_the_page_and_not_against_authors() {
    let state = turned();
    let evidence = Evidence::gather(&state);
    let page = listing(&state, 7);
    let all = evidence.campaigns().all().iter();
    let found: Vec<&Campaign> = all.filter(|one| one.kind == Kind::CarriedOver).collect();
    let [campaign] = found[..] else {
        panic!("one page turned: {found:?}");
    };
    assert_eq!(
        (campaign.members.len(), &campaign.listings[..]),
        (50, &[page][..])
    );
    assert!(campaign.confidence() > 0.8 && campaign.reviewers.is_empty());
    assert_eq!(campaign.posterior.likeliest(), Attribution::SelfPromotion);
    assert_eq!(evidence.campaigns().get(&campaign.id), Some(campaign));
    let member = campaign.members[20].review;
    assert!(evidence.review_probability(&state, member) > 0.7);
    let author = state.reviews().get(member).expect("known").reviewer;
    let author = evidence.assess_reviewer(&state, author);
    let of = |place: u32| {
        evidence
            .campaign(place)
            .map(|one| (one.kind, one.id.clone()))
    };
    let accused = author
        .fused
        .terms
        .iter()
        .filter_map(|term| of(term.campaign?));
    let accused: Vec<_> = accused.collect();
    assert!(accused.iter().all(|one| one.0 == Kind::Push), "{accused:?}");
    let assessed = evidence.assess_listing(&state, page);
    assert!(
        code(&assessed.fused, "listing.campaign") > Some(1.0),
        "{assessed:?}"
    );
    // What came after the turn is of the new product, and all that counts for it.
    let new: Vec<u32> = rows(&state, 7)
        .into_iter()
        .filter(|row| campaign.members.iter().all(|member| member.review != *row))
        .collect();
    assert_eq!(new.len(), 6);
    for row in new {
        let of = evidence.membership(&state, row).map(|held| held.0);
        assert_ne!(
            of.and_then(|place| evidence.campaign(place)),
            Some(campaign)
        );
    }
    let found = dividend(&state, &evidence, &[page], Formula::Mean, 1).expect("reviews");
    assert!(
        found.reviews == 56 && found.reviews_left < 20.0,
        "{found:?}"
    );
    assert!(
        found.clean > found.displayed,
        "the six gave four stars: {found:?}"
    );
}

#[test]
fn the_detector_holds_as_far_as_campaigns_bear_it_out() {
    let hold = |drafts: &[Draft]| {
        let evidence = Evidence::gather(&state(&events(drafts)));
        evidence.authors.hold(Part::Activity)
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
            Evidence::gather(state).assess_listing(state, row).fused.estimate.log_odds
        };
        let (before, after) = (risk(&before), risk(&after));
        prop_assert!(after <= before + 1e-9, "{} {}", before, after);
    }
}

/// A model with lines and curves over all that it may look at, learned from arbitrary labels.
fn lesson(state: &State) -> (Corpus, Vec<Feature>, Model) {
    let campaigns = Campaigns::find_unless(state, &Cancel::default()).unwrap();
    let (corpus, detection) = detected(state, &campaigns).unwrap();
    let mut features = Vec::new();
    visit(&corpus, &detection, &mut |column| {
        features.push(column.keep(0..corpus.reviews()));
    });
    let rows: Vec<u32> = (0..corpus.reviews() as u32).collect();
    let labels: Vec<bool> = rows
        .iter()
        .map(|row| {
            let author = corpus.reviewer_of(*row as usize);
            corpus.reviews_of(author) == 1 && !row.is_multiple_of(3)
        })
        .collect();
    let training = Training {
        rows: &rows,
        labels: &labels,
        listings: corpus.listing_numbers(),
    };
    let model = fit(&features, training).unwrap();
    (corpus, features, model)
}

#[test]
fn a_learned_version_says_what_its_model_says_in_the_terms_of_the_detector() {
    let state = state(&events(&planted()));
    let (corpus, features, model) = lesson(&state);
    model.check().unwrap();
    let expected = model.score(&features).unwrap();
    let learned = Learned {
        name: "a lesson".to_owned(),
        model,
    };
    let plain = Evidence::gather(&state);
    let cancel = Cancel::default();
    let evidence = Evidence::gather_by(&state, Some(&learned), &cancel).unwrap();
    assert_eq!(evidence.model_version(), "a lesson");
    assert_eq!(plain.model_version(), MODEL_VERSION);
    let (mut strata, mut moved) = ([0; 2], false);
    for author in 0..corpus.reviewers() {
        let rows = corpus.rows_of(author);
        if rows.is_empty() {
            continue;
        }
        strata[usize::from(rows.len() > 1)] += 1;
        let sum: f64 = rows.iter().map(|row| expected[*row as usize]).sum();
        let terms = evidence.authors.of_author(author as u32);
        let said = terms
            .iter()
            .fold(PRIOR_LOG_ODDS, |said, term| said + term.contribution);
        // Seven terms are kept in steps of a 256th.
        let off = (said - sum / rows.len() as f64).abs();
        assert!(off < 7.5 / 512.0, "author {author} is {off} off");
        moved |=
            evidence.authors.of_author(author as u32) != plain.authors.of_author(author as u32);
    }
    assert!(
        moved && strata.iter().all(|authors| *authors > 5),
        "{strata:?}"
    );
    for row in 0..state.reviews().len() {
        assert!(is_sum(&evidence.assess_review(&state, row).fused));
    }
    // Listings do not rest on it, and the same version again says the same.
    for row in 0..LISTINGS {
        let (one, other) = (
            evidence.assess_listing(&state, row),
            plain.assess_listing(&state, row),
        );
        assert_eq!(one, other);
    }
    let again = plain.by(&state, &[None, Some(&learned)], &cancel).unwrap();
    for row in 0..state.reviews().len() {
        let [none, some] = [0, 1].map(|place| again[place].assess_review(&state, row));
        assert_eq!(none, plain.assess_review(&state, row));
        assert_eq!(some, evidence.assess_review(&state, row));
    }
}

#[test]
fn a_newcomer_is_judged_as_one_who_has_just_written_there() {
    let drafts = planted();
    let seen = state(&events(&drafts));
    let (corpus, _, model) = lesson(&seen);
    let learned = Learned {
        name: "a lesson".to_owned(),
        model,
    };
    let evidence = Evidence::gather_by(&seen, Some(&learned), &Cancel::default()).unwrap();
    let mut newcomer = *seen.reviews().get(0).unwrap();
    newcomer.reviewer = seen.reviewers().len() + 1;
    let said = |terms: Vec<Term<'_>>| terms.iter().map(|term| term.contribution).sum::<f64>();
    let new = said(evidence.authors.of_review(&newcomer));
    // Labels here are those of one-review authors: a newcomer is closer to them.
    let mean = |several: bool| {
        let of = (0..corpus.reviewers())
            .filter(|author| !corpus.rows_of(*author).is_empty())
            .filter(|author| (corpus.rows_of(*author).len() > 1) == several)
            .map(|author| said(evidence.authors.of_author(author as u32)));
        let all: Vec<f64> = of.collect();
        all.iter().sum::<f64>() / all.len() as f64
    };
    let (one, many) = (mean(false), mean(true));
    assert!((new - one).abs() < (new - many).abs(), "{new} {one} {many}");
}

#[test]
fn a_pass_that_nobody_waits_for_ends() {
    let state = state(&events(&planted()));
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(Evidence::gather_by(&state, None, &cancel).is_err());
    assert!(
        Evidence::gather(&state)
            .by(&state, &[None], &cancel)
            .is_err()
    );
}
