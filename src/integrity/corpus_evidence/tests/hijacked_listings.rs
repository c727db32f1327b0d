//! A page that became another product under its reviews.

use super::*;
use crate::domain::{Event, Id, Listing, Payload, ReviewRemoval, Time};
use crate::domain::{Fulfilment, Remover};
use crate::integrity::campaigns::{Attribution, CampaignKind};
use crate::integrity::dividend::{Formula, dividend};
use crate::state::LogRef;

/// Listing 7 becomes another product when all honest reviews are in; six more follow.
fn turned() -> State {
    turned_after(honest())
}

fn turned_after(mut drafts: Vec<Draft>) -> State {
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
fn carried_over_reviews_raise_the_listing_and_not_their_authors() {
    let state = turned();
    let evidence = CorpusEvidence::gather(&state);
    let page = listing(&state, 7);
    let campaigns = evidence.campaigns().all().iter();
    let carried_over: Vec<&Campaign> = campaigns
        .filter(|one| one.kind == CampaignKind::CarriedOver)
        .collect();
    let [campaign] = carried_over[..] else {
        panic!("one page turned: {carried_over:?}");
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
    let author = evidence.assess_reviewer(&state, author.expect("an author"));
    let of = |index: u32| {
        evidence
            .campaign(index)
            .map(|one| (one.kind, one.id.clone()))
    };
    let accused = author
        .fused
        .terms
        .iter()
        .filter_map(|term| of(term.campaign?));
    let accused: Vec<_> = accused.collect();
    assert!(
        accused.iter().all(|one| one.0 == CampaignKind::Push),
        "{accused:?}"
    );
    let assessed = evidence.assess_listing(&state, page);
    assert!(
        code(&assessed.fused, "listing.campaign") > Some(1.0),
        "{assessed:?}"
    );
    let tags = |fused: &Fused, code: &str| {
        let mut terms = fused.terms.iter().filter(|term| term.spec.code == code);
        terms.next().map(|term| term.spec.legal_tags)
    };
    // They are no fakes.
    let of_page = tags(&assessed.fused, "listing.campaign").unwrap();
    let of_member = tags(
        &evidence.assess_review(&state, member).fused,
        "review.campaign",
    );
    assert_eq!(Some(of_page), of_member);
    assert!(
        of_page.iter().all(|tag| !tag.contains("465")),
        "{of_page:?}"
    );
    // What came after the turn is of the new product, and all that counts for it.
    let new: Vec<ReviewIx> = rows(&state, 7)
        .into_iter()
        .filter(|row| campaign.members.iter().all(|member| member.review != *row))
        .collect();
    assert_eq!(new.len(), 6);
    for row in new {
        let membership = evidence.membership(&state, row);
        assert_ne!(
            membership.and_then(|part| evidence.campaign(part.index)),
            Some(campaign)
        );
    }
    let measured = dividend(&state, &evidence, &[page], Formula::Mean, 1).expect("reviews");
    assert!(
        measured.reviews == 56 && measured.reviews_left < 20.0,
        "{measured:?}"
    );
    assert!(
        measured.clean > measured.displayed,
        "the six gave four stars: {measured:?}"
    );
}

#[test]
fn removed_and_negative_reviews_are_not_carried_over() {
    let carries = |state: &State| {
        let evidence = CorpusEvidence::gather(state);
        let campaigns = evidence.campaigns().all().iter();
        campaigns
            .filter(|one| one.kind == CampaignKind::CarriedOver)
            .count()
    };
    assert_eq!(carries(&turned()), 1);
    // Four of praise, and blame that somebody may have planted.
    let mut praise = 0;
    let mut drafts = honest();
    for draft in drafts.iter_mut().filter(|draft| draft.listing == 7) {
        praise += u32::from(draft.stars > 3);
        if praise > 4 {
            draft.stars = 1;
        }
    }
    assert_eq!(carries(&turned_after(drafts)), 0);
    // The platform has put it right.
    let mut state = turned();
    let reviews: Vec<String> = rows(&state, 7)
        .into_iter()
        .map(|row| {
            state
                .name(state.reviews().get(row).unwrap().name)
                .to_owned()
        })
        .collect();
    for review in reviews {
        let removal = Event {
            revision: 0,
            payload: Payload::ReviewRemoval(ReviewRemoval {
                review: Id::new(&review).unwrap(),
                marketplace: Id::new(SHOP).unwrap(),
                time: Time::from_seconds(19_000 * 86_400),
                remover: Remover::Platform,
            }),
        };
        let log = LogRef {
            sequence: 9_000_000,
            index: 0,
        };
        state.apply(&removal, log).unwrap();
    }
    assert_eq!(carries(&state), 0);
}
