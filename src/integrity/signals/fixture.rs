//! A small market for the tests of signals: a crowd of honest listings, and the reviews that a test
//! adds to it.

use super::{ReviewContext, Signal, listing, review, reviewer};
use crate::domain::{
    Event, Fingerprint, Id, Listing, Order, Payload, Rating, Review, ReviewRemoval, Time,
};
use crate::domain::{Fulfilment, Remover};
use crate::integrity::Measure;
use crate::state::{LogRef, ReviewIx, State};

const SHOP: &str = "shop.example";
const NAMES: [&str; 30] = [
    "l0", "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10", "l11", "l12", "l13", "l14",
    "l15", "l16", "l17", "l18", "l19", "l20", "l21", "l22", "l23", "l24", "l25", "l26", "l27",
    "l28", "l29",
];
/// Day of the crowd's listings.
pub(super) const CREATED: u32 = 50;

/// A review to be made.
#[derive(Clone, Debug)]
pub(super) struct ReviewDraft {
    pub(super) listing: &'static str,
    pub(super) author: String,
    pub(super) stars: u32,
    pub(super) day: u32,
    /// Second of the day; none for one that no other review has.
    pub(super) second: Option<u32>,
    /// Whether the day is known.
    pub(super) dated: bool,
    pub(super) body: String,
    pub(super) verified: Option<bool>,
    pub(super) disclosed: Option<bool>,
    pub(super) helpful: Option<u32>,
}

impl Default for ReviewDraft {
    fn default() -> Self {
        Self {
            listing: "mine",
            author: "author".to_owned(),
            stars: 5,
            day: 200,
            second: None,
            dated: true,
            body: words(9999),
            verified: Some(true),
            disclosed: Some(false),
            helpful: Some(0),
        }
    }
}

#[derive(Default)]
pub(super) struct MarketFixture {
    pub(super) state: State,
    made: u32,
}

fn id(text: &str) -> Id {
    Id::new(text).expect("an id")
}

/// Pseudo-random numbers that are always the same.
pub(super) fn chance(seed: u32, below: u32) -> u32 {
    let mixed = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA6B);
    (mixed ^ (mixed >> 13)) % below
}

/// Fourteen words that no other text has in this order.
pub(super) fn words(seed: u32) -> String {
    const WORDS: [&str; 16] = [
        "kettle", "boils", "fast", "lid", "warm", "light", "handle", "cable", "box", "came",
        "slow", "paint", "I", "my", "shelf", "spout",
    ];
    let word = |place| WORDS[chance(seed * 37 + place, 16) as usize];
    (0..14).map(word).collect::<Vec<_>>().join(" ")
}

impl MarketFixture {
    /// Thirty honest listings with some sixteen reviews each, over 300 days.
    pub(super) fn crowd() -> Self {
        let mut market = Self::default();
        for (number, name) in (0_u32..).zip(NAMES) {
            market.listing(
                name,
                &format!("s{}", number % 10),
                "kettles",
                "a kettle of steel",
            );
            for place in 0..16 + chance(number, 6) {
                let seed = number * 100 + place;
                let author = match chance(seed, 3) {
                    0 => format!("once{seed}"),
                    _ => format!("often{}", chance(seed + 7, 60)),
                };
                market.review(ReviewDraft {
                    listing: name,
                    author,
                    stars: [5, 5, 5, 4, 4, 3, 2, 1][chance(seed + 11, 8) as usize],
                    day: CREATED + 1 + chance(seed + 17, 300),
                    second: None,
                    dated: true,
                    body: words(seed) + if chance(seed + 3, 6) == 0 { "!" } else { "" },
                    verified: Some(chance(seed + 13, 7) != 0),
                    disclosed: Some(false),
                    helpful: Some(chance(seed + 19, 3)),
                });
            }
            (0..30 + chance(number, 20)).for_each(|_| market.order(name));
        }
        // One was taken down, so that removals are known to be reported.
        market.remove(ReviewIx::nth(3));
        market
    }

    /// Adds six negative reviews to each of twelve listings, so that negative reviews have peers.
    pub(super) fn add_negative_peers(&mut self) {
        for listing in &NAMES[1..=12] {
            for n in 0..6 {
                self.review(ReviewDraft {
                    listing,
                    author: format!("often{n}"),
                    stars: 1,
                    day: 70 + 40 * n,
                    body: words(7000 + n),
                    ..ReviewDraft::default()
                });
            }
        }
    }

    fn apply(&mut self, revision: u16, payload: Payload) {
        let log = LogRef {
            sequence: self.made,
            index: 0,
        };
        let event = Event { revision, payload };
        self.state.apply(&event, log).expect("room");
        self.made += 1;
    }

    pub(super) fn listing(&mut self, name: &str, seller: &str, category: &str, title: &str) {
        self.page([name, seller, category, title], None);
    }

    /// Adds a variation of a product.
    pub(super) fn variation(&mut self, name: &str, seller: &str, parent: &str) {
        self.page([name, seller, "kettles", "a kettle of steel"], Some(parent));
    }

    fn page(&mut self, [name, seller, category, title]: [&str; 4], parent: Option<&str>) {
        let known = self.state.find_listing(SHOP, name).is_some();
        let listing = Listing {
            id: id(name),
            marketplace: id(SHOP),
            seller: Some(id(seller)),
            destination: None,
            category_path: vec!["home".to_owned(), category.to_owned()],
            brand: String::new(),
            title: title.to_owned(),
            price: None,
            fulfilment: Fulfilment::Unspecified,
            variation_parent: parent.map(id),
            completeness: None,
            content: 0,
            attributes: [0; 8],
            created: Some(Time::from_seconds(CREATED * 86_400)),
        };
        self.apply(u16::from(known), Payload::Listing(Box::new(listing)));
    }

    /// Adds a review and gives its row.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "drafts are made where they are used"
    )]
    pub(super) fn review(&mut self, draft: ReviewDraft) -> ReviewIx {
        // A minute of its own: one author's reviews with one text are not one act.
        let own = 60 * (self.state.reviews().len() % 1440);
        let second = draft.second.unwrap_or(own);
        let review = Review {
            id: id(&format!("r{}", self.state.reviews().len())),
            marketplace: id(SHOP),
            listing: id(draft.listing),
            reviewer: id(&draft.author),
            rating: Rating::new(draft.stars).expect("stars"),
            print: Fingerprint::of(&[&draft.body]),
            language: None,
            verified: draft.verified,
            incentive_disclosed: draft.disclosed,
            helpful_votes: draft.helpful,
            image_count: None,
            time: draft
                .dated
                .then(|| Time::from_seconds(draft.day * 86_400 + second)),
        };
        self.apply(0, Payload::Review(review));
        self.state.reviews().last().expect("just added")
    }

    /// Adds a review.
    pub(super) fn add(&mut self, draft: ReviewDraft) {
        self.review(draft);
    }

    pub(super) fn remove(&mut self, row: ReviewIx) {
        let removal = ReviewRemoval {
            review: id(&format!("r{}", row.number())),
            marketplace: id(SHOP),
            time: Time::from_seconds(400 * 86_400),
            remover: Remover::Platform,
        };
        self.apply(0, Payload::ReviewRemoval(removal));
    }

    pub(super) fn order(&mut self, listing: &str) {
        let order = Order {
            id: id(&format!("o{}", self.made)),
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
        self.apply(0, Payload::Order(Box::new(order)));
    }

    /// Value and tail of a signal on a review.
    pub(super) fn on_review(
        &self,
        row: ReviewIx,
        signal: &Signal<review::Measurer>,
    ) -> Option<(f64, f64)> {
        let seen = ReviewContext::standing(&self.state, row).expect("a review");
        read((signal.measure)(&seen))
    }

    /// Value and tail of a signal on an author.
    pub(super) fn on_author(
        &self,
        name: &str,
        signal: &Signal<reviewer::Measurer>,
    ) -> Option<(f64, f64)> {
        let row = self.state.find_reviewer(SHOP, name).expect("an author");
        read((signal.measure)(&reviewer::ReviewerContext::of(
            &self.state,
            row,
        )))
    }

    /// Value and tail of a signal on a listing.
    pub(super) fn on_listing(
        &self,
        name: &str,
        signal: &Signal<listing::Measurer>,
    ) -> Option<(f64, f64)> {
        let row = self.state.find_listing(SHOP, name).expect("a listing");
        read((signal.measure)(&listing::ListingContext::of(
            &self.state,
            row,
        )))
    }

    /// Value and tail of a signal on a seller.
    pub(super) fn on_seller(
        &self,
        name: &str,
        signal: &Signal<listing::Measurer>,
    ) -> Option<(f64, f64)> {
        let row = self.state.find_seller(name).expect("a seller");
        let tally = self.state.sellers().get(row).expect("a seller").tally;
        let page = listing::ListingContext::sum(&self.state, row, &tally);
        read((signal.measure)(&page))
    }
}

fn read(measure: Measure) -> Option<(f64, f64)> {
    match measure {
        Measure::Read(reading) => Some((reading.value, reading.tail)),
        Measure::Silent(_) | Measure::Skipped => None,
    }
}
