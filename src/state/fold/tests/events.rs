//! Events for the tests of the fold: few ids, so that they meet.

use proptest::prelude::*;

use super::super::*;
use crate::domain::{BrandChannel, Fulfilment, Provenance, Remover, VerdictLabel};
use crate::domain::{
    BrandSignal, Currency, Fingerprint, Id, Listing, ListingSnapshot, Money, Order, Payload,
    Rating, Review, ReviewRemoval, Seller, Subject, Time, Verdict,
};

pub(super) const SHOP: &str = "shop.example";
pub(super) const TEXTS: [&str; 4] = [
    "",
    "fine",
    "the kettle boils fast and the lid shuts well",
    "a lamp that shines evenly and warms the whole desk",
];

pub(super) fn id(text: impl AsRef<str>) -> Id {
    Id::new(text.as_ref()).expect("an id")
}

pub(super) fn event(revision: u16, payload: Payload) -> Event {
    Event { revision, payload }
}

/// Few acts under many ids, so that many are copies of each other.
pub(super) fn copy(number: u8, revision: u16, salt: u8) -> Event {
    let act = salt % 3;
    let mut event = review(number, revision, 0);
    if let Payload::Review(review) = &mut event.payload {
        review.listing = id(format!("l{}", number % 3));
        review.reviewer = id(format!("a{}", act % 2));
        review.rating = Rating::new(u32::from(act) + 3).expect("stars");
        review.print = Fingerprint::of(&[TEXTS[usize::from(act) + 1]]);
        review.time = Some(Time::from_seconds(u32::from(salt / 3 % 3) * 30));
    }
    event
}

pub(super) fn review(number: u8, revision: u16, salt: u8) -> Event {
    let body = TEXTS[usize::from(salt % 4)].to_owned();
    event(
        revision,
        Payload::Review(Review {
            id: id(format!("r{number}")),
            marketplace: id(SHOP),
            listing: id(format!("l{}", (number ^ (salt >> 6)) % 3)),
            reviewer: id(format!("a{}", (number ^ (salt >> 5)) % 5)),
            rating: Rating::new(u32::from(salt % 5) + 1).expect("stars"),
            print: Fingerprint::of(&[&body]),
            language: None,
            verified: [None, Some(true), Some(false)][usize::from(salt % 3)],
            incentive_disclosed: None,
            helpful_votes: None,
            image_count: None,
            time: (!salt.is_multiple_of(7))
                .then(|| Time::from_seconds(u32::from(salt % 6) * 86_400)),
        }),
    )
}

pub(super) fn removal(number: u8, revision: u16) -> Event {
    event(
        revision,
        Payload::ReviewRemoval(ReviewRemoval {
            review: id(format!("r{number}")),
            marketplace: id(SHOP),
            time: Time::from_seconds(9),
            remover: Remover::Platform,
        }),
    )
}

pub(super) fn listing(number: u8, revision: u16) -> Event {
    let seller = u16::from(number).wrapping_mul(31) ^ revision;
    event(
        revision,
        Payload::Listing(Box::new(Listing {
            id: id(format!("l{}", number % 3)),
            marketplace: id(SHOP),
            seller: (!seller.is_multiple_of(4)).then(|| id(format!("s{}", seller % 3))),
            destination: None,
            category_path: vec![format!("c{}", revision % 2)],
            brand: String::new(),
            title: String::new(),
            price: None,
            fulfilment: Fulfilment::Unspecified,
            // Listings join a family, leave it, and one of them is its parent.
            variation_parent: (!(u16::from(number) + revision).is_multiple_of(3)).then(|| id("l0")),
            created: (revision > 1).then(|| Time::from_seconds(u32::from(number + 1) * 86_400)),
            completeness: None,
            content: 0,
            attributes: [0; 8],
        })),
    )
}

pub(super) fn money(number: u8) -> Option<Money> {
    let currency = Currency::new("EUR").expect("a currency");
    let micros = i128::from(number) * 1_000_000;
    (number > 1).then_some(Money { currency, micros })
}

pub(super) fn snapshot(number: u8, revision: u16) -> Event {
    event(
        revision,
        Payload::ListingSnapshot(Box::new(ListingSnapshot {
            listing: id(format!("l{}", number % 3)),
            marketplace: id(SHOP),
            time: Time::from_seconds(u32::from(number)),
            price: money(number),
            sales_rank: Some(u32::from(revision) + 1),
            displayed_rating: None,
            displayed_count: None,
            units: Some(u64::from(number)),
            sessions: None,
            ad_spend: None,
            returns: None,
        })),
    )
}

pub(super) fn signal(number: u8, revision: u16) -> Event {
    event(
        revision,
        Payload::BrandSignal(Box::new(BrandSignal {
            id: id(format!("b{number}")),
            // Revisions name other sellers.
            seller: id(format!("s{}", (u16::from(number) + revision) % 3)),
            brand: if number == 1 {
                "Kalo".to_owned()
            } else {
                String::new()
            },
            market: None,
            channel: BrandChannel::Search,
            metric: id(format!("m{}", revision % 2)),
            value: f64::from(revision),
            start: Time::from_seconds(u32::from(number)),
            end: Time::from_seconds(u32::from(number) + 1),
            provenance: Provenance::ThirdParty,
        })),
    )
}

pub(super) fn order(number: u8, revision: u16) -> Event {
    event(
        revision,
        Payload::Order(Box::new(Order {
            id: id(format!("o{number}")),
            marketplace: id(SHOP),
            listing: id(format!("l{}", (u16::from(number) + revision) % 3)),
            buyer: (number > 0).then(|| id(format!("a{}", (u16::from(number) ^ revision) % 3))),
            time: Time::from_seconds(5),
            quantity: 1,
            price: money(number),
            destination: None,
            promotion: None,
            delivered: Some(number > 2),
            refunded: Some(revision % 2 == 1),
        })),
    )
}

pub(in crate::state) fn any_event() -> impl Strategy<Value = Event> {
    // Content is a function of id and revision, as senders promise.
    let salted =
        |number: u8, revision: u16| number.wrapping_mul(57) ^ (revision as u8).wrapping_mul(91);
    prop_oneof![
        6 => (0..14u8, 0..4u16).prop_map(move |(n, r)| review(n, r, salted(n, r))),
        6 => (14..28u8, 0..4u16).prop_map(move |(n, r)| copy(n, r, salted(n, r))),
        3 => (0..28u8, 0..2u16).prop_map(|(n, r)| removal(n, r)),
        2 => (0..3u8, 0..4u16).prop_map(|(n, r)| listing(n, r)),
        2 => (0..6u8, 0..3u16).prop_map(|(n, r)| order(n, r)),
        1 => (0..6u8, 0..3u16).prop_map(|(n, r)| snapshot(n, r)),
        1 => (0..5u8, 0..3u16).prop_map(|(n, r)| signal(n, r)),
    ]
}

/// Facts of the kinds that reviews do not rest on.
pub(super) fn any_other_fact() -> impl Strategy<Value = Event> {
    (0..4u8, 0..3u16, 0..4u8).prop_map(|(number, revision, kind)| {
        let time = Time::from_seconds(u32::from(number));
        let payload = match kind {
            0 => Payload::Seller(Box::new(Seller {
                id: id(format!("s{number}")),
                display_name: String::new(),
                home_country: None,
                registered: None,
                brands: Vec::new(),
            })),
            1 => snapshot(number, revision).payload,
            2 => signal(number, revision).payload,
            _ => Payload::Verdict(Box::new(Verdict {
                id: id(format!("v{number}")),
                subject: Subject::Seller(id(format!("s{revision}"))),
                label: VerdictLabel::Genuine,
                decided_by: String::new(),
                reason: String::new(),
                time,
            })),
        };
        event(revision, payload)
    })
}
