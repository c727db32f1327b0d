//! A small market made by hand: honest listings, and what is pushed onto them.

use crate::domain::{Event, Fingerprint, Id, Payload, Rating, Review, Time};
use crate::state::{ListingIx, LogRef, State};

pub(in crate::integrity) const SHOP: &str = "shop.example";
pub(in crate::integrity) const LISTINGS: u32 = 40;
pub(super) const FIRST_DAY: u32 = 18_000;

#[derive(Clone, Debug)]
pub(in crate::integrity) struct Draft {
    pub(in crate::integrity) listing: u32,
    pub(in crate::integrity) author: String,
    pub(in crate::integrity) stars: u32,
    pub(in crate::integrity) body: String,
    pub(in crate::integrity) verified: Option<bool>,
    pub(in crate::integrity) day: Option<u32>,
}

pub(super) fn id(text: impl AsRef<str>) -> Id {
    Id::new(text.as_ref()).expect("an id")
}

pub(in crate::integrity) fn events(drafts: &[Draft]) -> Vec<Event> {
    let event = |(number, draft): (usize, &Draft)| {
        let review = Review {
            id: id(format!("r{number}")),
            marketplace: id(SHOP),
            listing: id(format!("l{}", draft.listing)),
            reviewer: id(&draft.author),
            rating: Rating::new(draft.stars).expect("stars"),
            print: Fingerprint::of(&[&draft.body]),
            language: None,
            verified: draft.verified,
            incentive_disclosed: None,
            helpful_votes: None,
            image_count: None,
            time: draft
                .day
                .map(|day| Time::from_seconds((FIRST_DAY + day) * 86_400 + number as u32 % 86_000)),
        };
        Event {
            revision: 0,
            payload: Payload::Review(review),
        }
    };
    drafts.iter().enumerate().map(event).collect()
}

pub(in crate::integrity) fn state(events: &[Event]) -> State {
    let mut state = State::default();
    for event in events {
        let log = LogRef {
            sequence: 1,
            index: 0,
        };
        state.apply(event, log).expect("room");
    }
    state
}

/// Spreads a number over 31 bits.
pub(super) fn mix(number: u32) -> u32 {
    (xxhash_rust::xxh3::xxh3_64(&number.to_le_bytes()) >> 33) as u32
}

/// Honest reviews of 400 days: every listing gets one about every eight days, one in four by
/// somebody new.
pub(in crate::integrity) fn honest() -> Vec<Draft> {
    let mut drafts = Vec::new();
    for listing in 0..LISTINGS {
        for number in 0..50_u32 {
            let mixed = mix(listing * 1000 + number);
            drafts.push(Draft {
                listing,
                author: if mixed.is_multiple_of(4) {
                    format!("once{listing}x{number}")
                } else {
                    format!("again{}", (mixed >> 8) % 300)
                },
                stars: [5, 4, 5, 3, 1, 5, 2, 4, 5, 4][(mixed >> 16) as usize % 10],
                body: [0, 1, 2, 3, 4, 5]
                    .map(|word| format!("w{}", mix(mixed + word) % 5000))
                    .join(" "),
                verified: Some(!(mixed >> 20).is_multiple_of(5)),
                day: Some((mixed >> 4) % 400),
            });
        }
    }
    drafts
}

pub(in crate::integrity) fn push(
    listing: u32,
    stars: u32,
    days: std::ops::Range<u32>,
    a_day: u32,
) -> Vec<Draft> {
    let numbered = days.flat_map(|day| (0..a_day).map(move |number| (day, number)));
    numbered
        .map(|(day, number)| Draft {
            listing,
            author: format!("hired{listing}x{day}x{number}"),
            stars,
            body: format!("nothing to add on {day} but this {number} time word{day}{number}"),
            verified: Some(false),
            day: Some(day),
        })
        .collect()
}

pub(in crate::integrity) fn listing(state: &State, number: u32) -> ListingIx {
    state
        .find_listing(SHOP, &format!("l{number}"))
        .expect("known")
}
