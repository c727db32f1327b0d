//! A small market made by hand: honest listings, a brushed one, an attacked one.

use proptest::prelude::*;

use super::*;
use crate::domain::Fulfilment;
use crate::domain::{Event, Fingerprint, Id, Listing, Order, Payload, Rating, Review, Time};
use crate::integrity::{CorpusEvidence, PRIOR_LOG_ODDS};
use crate::state::{ListingIx, LogRef, ReviewIx, ReviewerIx, SellerIx};

const SHOP: &str = "shop.example";
const HONEST: u32 = 60;

fn id(text: impl AsRef<str>) -> Id {
    Id::new(text.as_ref()).expect("an id")
}

/// The sentences about a subject, one a term, its own risk first.
fn sentences(assessed: &Assessed) -> Vec<String> {
    let evidence = CorpusEvidence::default();
    let attack = assessed.attack.iter().flat_map(|attack| &attack.terms);
    let terms = assessed.fused.terms.iter().chain(attack);
    terms
        .map(|term| evidence.statement(term).sentence())
        .collect()
}

/// What a review is made of.
#[derive(Clone, Debug)]
struct Draft {
    listing: String,
    author: String,
    stars: u32,
    body: String,
    verified: Option<bool>,
    day: Option<u32>,
}

struct Market {
    state: State,
    made: u32,
}

impl Market {
    fn apply(&mut self, payload: Payload) {
        let log = LogRef {
            sequence: 1,
            index: 0,
        };
        let event = Event {
            revision: 0,
            payload,
        };
        self.state.apply(&event, log).expect("room");
        self.made += 1;
    }

    fn review(&mut self, draft: Draft) {
        let review = Review {
            id: id(format!("r{}", self.made)),
            marketplace: id(SHOP),
            listing: id(draft.listing),
            reviewer: id(draft.author),
            rating: Rating::new(draft.stars).expect("stars"),
            print: Fingerprint::of(&[&draft.body]),
            language: None,
            verified: draft.verified,
            incentive_disclosed: None,
            helpful_votes: None,
            image_count: None,
            time: draft.day.map(|day| Time::from_seconds(day * 86_400)),
        };
        self.apply(Payload::Review(review));
    }

    fn order(&mut self, listing: &str) {
        let order = Order {
            id: id(format!("o{}", self.made)),
            marketplace: id(SHOP),
            listing: id(listing),
            buyer: None,
            time: Time::from_seconds(5),
            quantity: 1,
            price: None,
            destination: None,
            promotion: None,
            delivered: None,
            refunded: None,
        };
        self.apply(Payload::Order(Box::new(order)));
    }

    fn listing(&self, name: &str) -> Assessed {
        let row = self.state.find_listing(SHOP, name).expect("a listing");
        assess_listing(&self.state, row)
    }
}

/// Numbers that look like chance and are always the same.
fn chance(seed: u32, below: u32) -> u32 {
    let mixed = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA6B);
    (mixed ^ (mixed >> 13)) % below
}

/// Nine words that no other text has in this order.
fn words(seed: u32) -> String {
    const WORDS: [&str; 12] = [
        "kettle", "boils", "fast", "lid", "warm", "light", "handle", "cable", "box", "came",
        "slow", "paint",
    ];
    (0..9)
        .map(|place| WORDS[chance(seed * 31 + place, 12) as usize])
        .collect::<Vec<_>>()
        .join(" ")
}

/// One review as honest buyers write them: a third by authors with no other review.
fn honest(listing: u32, place: u32) -> Draft {
    let seed = listing * 1000 + place;
    let author = match chance(seed, 3) {
        0 => format!("once{seed}"),
        _ => format!("often{}", chance(seed + 7, 120)),
    };
    Draft {
        listing: format!("l{listing}"),
        author,
        stars: [5, 5, 5, 4, 4, 3, 2, 1][chance(seed + 11, 8) as usize],
        body: words(seed),
        verified: Some(chance(seed + 13, 6 + listing % 9) != 0),
        day: Some(100 + chance(seed + 17, 200)),
    }
}

fn market() -> Market {
    let mut market = Market {
        state: State::default(),
        made: 0,
    };
    for listing in 0..HONEST {
        for place in 0..24 + chance(listing, 20) {
            market.review(honest(listing, place));
        }
        for _ in 0..40 + chance(listing, 60) {
            market.order(&format!("l{listing}"));
        }
    }
    market
}

fn brush(market: &mut Market) {
    for place in 0..8 {
        let mut draft = honest(99, place);
        draft.listing = "brushed".to_owned();
        market.review(draft);
    }
    for place in 0..30 {
        market.review(Draft {
            listing: "brushed".to_owned(),
            author: format!("paid{place}"),
            stars: 5,
            body: "best kettle ever made I love it so much buy it".to_owned(),
            verified: Some(false),
            day: Some(250 + place % 5),
        });
    }
    (0..30).for_each(|_| market.order("brushed"));
}

fn blame(listing: &str, place: u32, body: String, verified: Option<bool>, day: u32) -> Draft {
    Draft {
        listing: listing.to_owned(),
        author: format!("rival{place}"),
        stars: 1 + place % 2,
        body,
        verified,
        day: Some(day),
    }
}

#[test]
fn brushed_listing_has_the_highest_risk() {
    let mut market = market();
    brush(&mut market);
    let brushed = market.listing("brushed");
    assert!(
        brushed.band >= Band::High,
        "{:?} {:#?}",
        brushed.fused.estimate,
        sentences(&brushed)
    );
    for listing in 0..HONEST {
        let other = market.listing(&format!("l{listing}"));
        assert!(other.fused.estimate.log_odds < brushed.fused.estimate.log_odds);
        assert!(other.band < Band::High, "{:#?}", sentences(&other));
    }
    let said = sentences(&brushed).join("\n");
    assert!(
        said.contains("of its positive reviews come from authors with no other review. This is higher than for 9"),
        "{said}"
    );
}

#[test]
fn brushed_reviews_have_higher_risk_than_honest_ones() {
    let mut market = market();
    brush(&mut market);
    let mean = |wanted: &str| {
        let row = market.state.find_listing(SHOP, wanted).expect("a listing");
        let odds: Vec<f64> = market
            .state
            .reviews_of_listing(row)
            .map(|(review, _)| assess_review(&market.state, review))
            .map(|assessed| assessed.fused.estimate.log_odds)
            .collect();
        odds.iter().sum::<f64>() / odds.len() as f64
    };
    let brushed = mean("brushed");
    assert!((0..10).all(|listing| mean(&format!("l{listing}")) + 1.0 < brushed));
}

#[test]
fn attacked_listing_has_attack_risk_and_no_own_risk() {
    let mut market = market();
    let before = market.listing("l7");
    for place in 0..25 {
        let text = "awful thing broke at once never buy this kettle again".to_owned();
        market.review(blame("l7", place, text, Some(false), 260 + place % 4));
    }
    let after = market.listing("l7");
    assert!(after.fused.estimate.log_odds <= before.fused.estimate.log_odds);
    let attack = after.attack.expect("blame");
    assert!(
        Band::of(&attack.estimate) >= Band::High,
        "{:?}",
        attack.estimate
    );
}

#[test]
fn seller_of_brushed_listings_has_the_highest_risk() {
    let mut market = market();
    brush(&mut market);
    for (name, seller) in [("brushed", "bad"), ("l1", "good"), ("l2", "good")] {
        market.apply(Payload::Listing(Box::new(Listing {
            id: id(name),
            marketplace: id(SHOP),
            seller: Some(id(seller)),
            destination: None,
            category_path: Vec::new(),
            brand: String::new(),
            title: String::new(),
            price: None,
            fulfilment: Fulfilment::Unspecified,
            variation_parent: None,
            created: None,
            completeness: None,
            content: 0,
            attributes: [0; 8],
        })));
    }
    let of = |name| {
        let row = market.state.find_seller(name).expect("a seller");
        assess_seller(&market.state, row)
    };
    let (bad, good) = (of("bad"), of("good"));
    assert!(bad.band >= Band::Elevated, "{:#?}", sentences(&bad));
    assert!(good.band < bad.band, "{:#?}", sentences(&good));
}

#[test]
fn author_of_many_copies_has_high_risk() {
    let mut market = market();
    for place in 0..12 {
        market.review(Draft {
            listing: format!("l{place}"),
            author: "copier".to_owned(),
            stars: 5,
            body: "great thing works well and looks good too buy it".to_owned(),
            verified: Some(false),
            day: Some(150 + place % 2),
        });
    }
    let of = |name: &str| {
        let row = market.state.find_reviewer(SHOP, name).expect("an author");
        assess_reviewer(&market.state, row)
    };
    let mut all = market
        .state
        .reviewers()
        .iter()
        .map(|row| market.state.name(row.name));
    let once = all
        .find(|name| name.starts_with("once"))
        .expect("one")
        .to_owned();
    let copier = of("copier");
    assert!(copier.band >= Band::High, "{:#?}", sentences(&copier));
    assert!((0..120).all(|number| of(&format!("often{number}")).band < Band::High));
    assert!(
        sentences(&copier).iter().any(|said| {
            said.starts_with("The author wrote 6 reviews on one day. This is higher than")
        }),
        "{:#?}",
        sentences(&copier)
    );
    assert_eq!(of(&once).band, Band::InsufficientData);
}

#[test]
fn missing_data_give_abstentions() {
    let mut market = market();
    for place in 0..20 {
        let mut draft = honest(80, place);
        (draft.verified, draft.day, draft.body) = (None, None, String::new());
        market.review(draft);
    }
    let held = market.listing("l80");
    let silent: Vec<&str> = held
        .fused
        .silent
        .iter()
        .map(|(spec, _)| spec.code)
        .collect();
    let wanted = [
        "listing.near_duplicate_share",
        "listing.positive_burst",
        "listing.praise_surge",
        "listing.unverified_share",
        // Nobody reports removals here.
        "listing.removed_share",
        "listing.reviews_per_order",
        // Nor rewards, nor pages that became another product.
        "listing.reward_share",
        "listing.became_another",
    ];
    assert_eq!(silent, wanted);
    let nobody = assess_listing(&market.state, ListingIx::nth(u32::MAX - 1));
    assert_eq!(nobody.band, Band::InsufficientData);
    assert_eq!(nobody.fused.estimate.log_odds, PRIOR_LOG_ODDS);
    assert_eq!(nobody.attack, None);
    let empty = State::default();
    for assessed in [
        assess_review(&empty, ReviewIx::nth(0)),
        assess_reviewer(&empty, ReviewerIx::nth(0)),
        assess_seller(&empty, SellerIx::nth(0)),
    ] {
        assert_eq!(assessed.band, Band::InsufficientData);
        assert!(sentences(&assessed).is_empty());
        assert_eq!(assessed.fused.coverage, 0.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn blame_never_raises_own_risk(
        drafts in proptest::collection::vec(
            (0..12_u32, 0..40_u32, proptest::option::of(any::<bool>()), 0..500_u32), 1..30
        ),
        target in 0..HONEST,
        brushed in any::<bool>(),
    ) {
        let mut market = market();
        brush(&mut market);
        let name = if brushed { "brushed".to_owned() } else { format!("l{target}") };
        let before = market.listing(&name).fused.estimate.log_odds;
        for (author, text, verified, day) in drafts {
            // Some copy the listing's own praise word by word.
            let body = if text < 24 {
                honest(target, text).body
            } else {
                "best kettle ever made I love it so much buy it".to_owned()
            };
            market.review(blame(&name, author, body, verified, day));
        }
        let after = market.listing(&name).fused.estimate.log_odds;
        prop_assert!(after <= before + 1e-12, "{before} {after}");
    }
}
