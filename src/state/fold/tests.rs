//! The fold against brute force, in any order, with repeats.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    BrandSignal, Fingerprint, Id, Kind, Listing, ListingSnapshot, Order, Rating, Review,
    ReviewRemoval, Seller, Subject, Time, Verdict,
};
use crate::proto::v1::{BrandChannel, Fulfilment, Provenance, Remover, VerdictLabel};
use crate::state::rows::{DayCount, Known, ReviewRow, ReviewerRow, Tally};

const SHOP: &str = "shop.example";
const TEXTS: [&str; 4] = [
    "",
    "fine",
    "the kettle boils fast and the lid shuts well",
    "a lamp that shines evenly and warms the whole desk",
];

fn id(text: impl AsRef<str>) -> Id {
    Id::new(text.as_ref()).expect("an id")
}

fn event(revision: u16, payload: Payload) -> Event {
    Event { revision, payload }
}

fn review(number: u8, revision: u16, salt: u8) -> Event {
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

fn removal(number: u8, revision: u16) -> Event {
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

fn listing(number: u8, revision: u16) -> Event {
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
            variation_parent: None,
            created: (revision > 1).then(|| Time::from_seconds(u32::from(number + 1) * 86_400)),
        })),
    )
}

fn order(number: u8, revision: u16) -> Event {
    event(
        revision,
        Payload::Order(Box::new(Order {
            id: id(format!("o{number}")),
            marketplace: id(SHOP),
            listing: id(format!("l{}", (u16::from(number) + revision) % 3)),
            buyer: None,
            time: Time::from_seconds(5),
            quantity: 1,
            price: None,
            destination: None,
            promotion: None,
            delivered: None,
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
        2 => (0..14u8, 0..2u16).prop_map(|(n, r)| removal(n, r)),
        2 => (0..3u8, 0..4u16).prop_map(|(n, r)| listing(n, r)),
        2 => (0..6u8, 0..3u16).prop_map(|(n, r)| order(n, r)),
    ]
}

pub(in crate::state) fn fold(events: &[Event]) -> State {
    let mut state = State::default();
    for (index, event) in events.iter().enumerate() {
        let log = LogRef {
            sequence: 1,
            index: index as u16,
        };
        state.apply(event, log).expect("room");
    }
    state
}

type ListingSummary = (Tally, Vec<DayCount>, Vec<String>, String, String);

/// Everything that scores rest on, by id instead of by row.
#[derive(Debug, PartialEq)]
struct Summary {
    listings: BTreeMap<String, ListingSummary>,
    sellers: BTreeMap<String, (u32, Tally)>,
    reviewers: BTreeMap<String, [u32; 6]>,
}

fn summary(state: &State) -> Summary {
    let name = |name| state.name(name).to_owned();
    let listings = state.listings().iter().enumerate().map(|(row, listing)| {
        let mut reviews: Vec<String> = state
            .reviews_of_listing(row as u32)
            .map(|(_, review)| name(review.name))
            .collect();
        reviews.sort();
        let group = state
            .groups()
            .get(listing.group)
            .and_then(|group| group.category);
        let seller = state
            .sellers()
            .get(listing.seller)
            .map(|seller| name(seller.name));
        let summary = (
            listing.tally,
            listing.days.to_vec(),
            reviews,
            seller.unwrap_or_default(),
            group.map(name).unwrap_or_default(),
        );
        (name(listing.name), summary)
    });
    let sellers = state
        .sellers()
        .iter()
        .map(|seller| (name(seller.name), (seller.listings, seller.tally)));
    let reviewers = state
        .reviewers()
        .iter()
        .filter(|author| author.reviews > 0)
        .map(|author| {
            let counts = [
                author.reviews,
                author.removed,
                author.praise,
                author.extreme,
                author.unverified,
                author.duplicate,
            ];
            (name(author.name), counts)
        });
    Summary {
        listings: listings
            .filter(|(_, held)| held != &ListingSummary::default())
            .collect(),
        sellers: sellers.filter(|(_, held)| held.0 > 0).collect(),
        reviewers: reviewers.collect(),
    }
}

/// Tallies counted afresh from the reviews, and against the sum over sellers' listings.
fn check_by_brute_force(state: &State) {
    let mut of_sellers: BTreeMap<u32, Tally> = BTreeMap::new();
    for (row, listing) in (0..).zip(state.listings().iter()) {
        let mut counted = Tally {
            orders: listing.tally.orders,
            refunded: listing.tally.refunded,
            ..Tally::default()
        };
        for (_, review) in state.reviews_of_listing(row) {
            counted.add(state.facts_of(review));
        }
        assert_eq!(counted, listing.tally);
        of_sellers
            .entry(listing.seller)
            .or_default()
            .combine(&counted, u32::wrapping_add);
    }
    for (row, seller) in (0..).zip(state.sellers().iter()) {
        assert_eq!(
            of_sellers.get(&row).copied().unwrap_or_default(),
            seller.tally
        );
    }
    for (row, seller) in (0..).zip(state.sellers().iter()) {
        let mut listed: Vec<u32> = state.listings_of_seller(row).collect();
        listed.sort_unstable();
        let named = (0..).zip(state.listings().iter());
        let named = named.filter(|(_, listing)| listing.seller == row);
        assert_eq!(
            listed,
            named.map(|(listing, _)| listing).collect::<Vec<u32>>()
        );
        assert_eq!(listed.len(), seller.listings as usize);
    }
    for (row, author) in (0..).zip(state.reviewers().iter()) {
        let up = state.reviews_of_reviewer(row);
        let up = up.filter(|(_, review)| review.removed.is_none());
        assert_eq!(
            up.map(|(_, review)| u32::from(review.stars)).sum::<u32>(),
            author.stars
        );
        assert_eq!(
            state.reviews_of_reviewer(row).count(),
            author.reviews as usize
        );
        check_author(state, row, author);
    }
    let linked: u32 = state.reviewers().iter().map(|author| author.reviews).sum();
    let arrived = state
        .reviews()
        .iter()
        .filter(|review| review.arrived())
        .count();
    assert_eq!(linked as usize, arrived);
}

fn check_author(state: &State, row: u32, author: &ReviewerRow) {
    let mut days: BTreeMap<u32, u8> = BTreeMap::new();
    let (mut known, mut comparable) = (0, 0);
    for (_, review) in state.reviews_of_reviewer(row) {
        let facts = state.facts_of(review);
        known += u32::from(facts.verified != Known::Unknown);
        comparable += u32::from(facts.comparable);
        if let Some(time) = review.time() {
            *days.entry(time.day()).or_default() += 1;
        }
    }
    let peak = days.values().max().copied().unwrap_or(0);
    let newest = days
        .last_key_value()
        .map_or((0, 0), |(day, count)| (*day as u16, *count));
    assert_eq!(
        (known, comparable, peak, newest),
        (
            author.known,
            author.comparable,
            author.day_peak,
            (author.newest_day, author.newest_count)
        )
    );
}

proptest! {
    #[test]
    fn counts_match_brute_force_and_do_not_depend_on_order(
        (events, shuffled) in proptest::collection::vec(any_event(), 0..80).prop_flat_map(|events| {
            (Just(events.clone()), Just(events).prop_shuffle())
        })
    ) {
        let state = fold(&events);
        check_by_brute_force(&state);
        let other = fold(&shuffled);
        check_by_brute_force(&other);
        prop_assert_eq!(summary(&state), summary(&other));
    }

    #[test]
    fn sending_everything_twice_changes_nothing(
        events in proptest::collection::vec(any_event(), 0..60)
    ) {
        let mut state = fold(&events);
        let (before, count) = (summary(&state), state.event_count());
        for event in &events {
            let outcome = state.apply(event, LogRef { sequence: 2, index: 0 });
            prop_assert_eq!(outcome, Ok(Outcome::Unchanged));
        }
        prop_assert_eq!(summary(&state), before);
        prop_assert_eq!(state.event_count(), count);
    }
}

/// Facts of the kinds that reviews do not rest on.
fn any_other_fact() -> impl Strategy<Value = Event> {
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
            1 => Payload::ListingSnapshot(Box::new(ListingSnapshot {
                listing: id(format!("l{}", number % 3)),
                marketplace: id(SHOP),
                time,
                price: None,
                sales_rank: None,
                displayed_rating: None,
                displayed_count: None,
                units: None,
                sessions: None,
                ad_spend: None,
                returns: None,
            })),
            2 => Payload::BrandSignal(Box::new(BrandSignal {
                id: id(format!("b{number}")),
                // Revisions name other sellers.
                seller: id(format!("s{revision}{number}")),
                brand: String::new(),
                market: None,
                channel: BrandChannel::Search,
                metric: id("share"),
                value: 1.0,
                start: time,
                end: time,
                provenance: Provenance::ThirdParty,
            })),
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

proptest! {
    #[test]
    fn news_is_what_is_applied_and_the_rest_leaves_no_row(
        events in proptest::collection::vec(prop_oneof![any_event(), any_other_fact()], 0..120)
    ) {
        let mut state = State::default();
        for event in &events {
            let rows = |state: &State| {
                let (sellers, listings) = (state.sellers.len(), state.listings.len());
                (sellers, listings, state.reviewers.len(), state.reviews.len())
            };
            let (news, before) = (state.is_news(event), rows(&state));
            let outcome = state.apply(event, LogRef { sequence: 1, index: 0 });
            let expected = if news { Outcome::Applied } else { Outcome::Unchanged };
            prop_assert_eq!(outcome, Ok(expected));
            prop_assert!(news || before == rows(&state));
        }
    }

    #[test]
    fn a_candidate_is_what_is_then_kept(
        events in proptest::collection::vec(any_event(), 0..60), number in 0..14_u8, salt in any::<u8>()
    ) {
        let mut state = fold(&events);
        let event = review(number, 9, salt);
        let Payload::Review(payload) = &event.payload else { unreachable!("made above") };
        let candidate = state.candidate(payload);
        state.apply(&event, LogRef { sequence: 2, index: 0 }).expect("room");
        let row = state.find_review(SHOP, payload.id.as_str()).expect("applied");
        let kept = state.reviews.get(row).expect("a row");
        let facts = |row: &ReviewRow| {
            (row.seconds, row.words, row.stars, row.capitals, row.exclamations, row.verified, row.reward)
        };
        prop_assert_eq!(facts(&candidate.row), facts(kept));
        let same = |before: u32, after: u32| before == after || before == NONE;
        prop_assert!(same(candidate.row.listing, kept.listing));
        prop_assert!(same(candidate.row.reviewer, kept.reviewer));
        prop_assert!(candidate.row.buckets().eq(kept.buckets()));
        prop_assert_eq!(candidate.row.comparable(), kept.comparable());
    }
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let mut state = fold(&[review(1, 0, 4), review(2, 0, 9)]);
    let snapshot = state.clone();
    let before = summary(&snapshot);
    for number in 3..14 {
        state
            .apply(
                &review(number, 0, number),
                LogRef {
                    sequence: 2,
                    index: 0,
                },
            )
            .expect("room");
    }
    assert_eq!(summary(&snapshot), before);
    assert_eq!(snapshot.find_review(SHOP, "r9"), None);
    assert!(state.find_review(SHOP, "r9").is_some());
}

#[test]
fn the_newest_verdict_counts() {
    let subject = Subject::Seller(id("s1"));
    let verdict = |name: &str, label, seconds| {
        event(
            0,
            Payload::Verdict(Box::new(Verdict {
                id: id(name),
                subject: subject.clone(),
                label,
                decided_by: String::new(),
                reason: String::new(),
                time: Time::from_seconds(seconds),
            })),
        )
    };
    let state = fold(&[
        verdict("v2", VerdictLabel::Manipulated, 20),
        verdict("v1", VerdictLabel::Genuine, 10),
    ]);
    let label = state.find_verdict(&subject).map(|verdict| verdict.label);
    assert_eq!(label, Some(VerdictLabel::Manipulated));
    assert_eq!(subject.kind(), Kind::Seller);
}

#[test]
fn the_clock_is_the_newest_event_time() {
    let mut early = review(1, 0, 1);
    if let Payload::Review(review) = &mut early.payload {
        review.time = Some(Time::from_seconds(5));
    }
    let state = fold(&[review(2, 0, 5), early]);
    assert_eq!(state.watermark(), Some(Time::from_seconds(5 * 86_400)));
}
