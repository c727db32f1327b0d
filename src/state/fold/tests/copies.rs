//! Copies against brute force.

use std::collections::BTreeMap;

use super::*;
use crate::domain::{DAY, Fingerprint, Listing, Rating, Review, ReviewRemoval};

/// Every act, sought by comparing all reviews, is placed as the row says.
pub(super) fn check_by_brute_force(state: &State) {
    let mut acts: BTreeMap<_, Vec<(_, &ReviewRow)>> = BTreeMap::new();
    let linked = state.reviews().numbered();
    for (row, review) in linked.filter(|(_, review)| review.arrived()) {
        let listing = review.listing.expect("linked");
        let family = state.listings().get(listing).expect("known").family;
        let place = match review.words {
            0 => (Some(listing), review.seconds),
            _ => (None, review.seconds / 60),
        };
        let text = (review.words, review.band_shards, review.band_hashes);
        // Without a time, each is of its own.
        let alone = review.time().is_none().then_some(row);
        let key = (review.reviewer, family, place, review.stars, text, alone);
        let rank = (
            review.removed.is_some(),
            review.seconds,
            state.name(review.name),
        );
        acts.entry(key).or_default().push((rank, review));
    }
    let mut copies = 0;
    for act in acts.values_mut() {
        act.sort_by_key(|(rank, _)| *rank);
        let original = act[0].1;
        let listings = act.iter().map(|(_, review)| review.listing);
        let pages = listings.collect::<std::collections::BTreeSet<_>>().len();
        for (at, (_, review)) in act.iter().enumerate() {
            let earlier = act[..at].iter();
            let counts = earlier
                .clone()
                .all(|(_, one)| one.listing != review.listing);
            let expected = match (at, counts, pages) {
                (0, _, 1) => Copied::Original,
                (0, ..) => Copied::Shared,
                (_, true, _) => Copied::Variant,
                (_, false, _) => Copied::Repeat,
            };
            assert_eq!(review.copied, expected);
            copies += u64::from(at > 0);
            let row = state
                .find_review(SHOP, state.name(review.name))
                .expect("known");
            let found = state.reviews().get(state.original_of(row)).expect("known");
            assert_eq!(state.name(found.name), state.name(original.name));
        }
    }
    assert_eq!(state.copy_count(), copies);
}

struct Draft<'a> {
    id: &'a str,
    listing: &'a str,
    seconds: u32,
    body: &'a str,
}

const LONG: &str = "the blue jug pours without a drop beside the cup";

fn draft<'a>(id: &'a str, listing: &'a str, seconds: u32, body: &'a str) -> Draft<'a> {
    Draft {
        id,
        listing,
        seconds,
        body,
    }
}

fn written(draft: &Draft<'_>) -> Event {
    event(
        0,
        Payload::Review(Review {
            id: id(draft.id),
            marketplace: id(SHOP),
            listing: id(draft.listing),
            reviewer: id("anna"),
            rating: Rating::new(5).expect("stars"),
            print: Fingerprint::of(&[draft.body]),
            language: None,
            verified: Some(true),
            incentive_disclosed: None,
            helpful_votes: None,
            image_count: None,
            time: Some(Time::from_seconds(draft.seconds)),
        }),
    )
}

fn variant(name: &str, parent: &str) -> Event {
    let mut event = listing(0, 0);
    if let Payload::Listing(listing) = &mut event.payload {
        **listing = Listing {
            id: id(name),
            variation_parent: Some(id(parent)),
            seller: Some(id("s1")),
            ..(**listing).clone()
        };
    }
    event
}

fn copied(state: &State, name: &str) -> Copied {
    let row = state.find_review(SHOP, name).expect("known");
    state.reviews().get(row).expect("known").copied
}

fn author_reviews(state: &State) -> u32 {
    let row = state.find_reviewer(SHOP, "anna").expect("known");
    state.reviewers().get(row).expect("known").reviews
}

fn placed(drafts: &[Draft<'_>]) -> Vec<Copied> {
    let mut events: Vec<Event> = drafts.iter().map(written).collect();
    events.extend(["blue", "red"].map(|name| variant(name, "jug")));
    let state = fold(&events);
    check_by_brute_force(&state);
    drafts.iter().map(|one| copied(&state, one.id)).collect()
}

#[test]
fn text_shown_on_variations_and_delivered_twice_is_one_act() {
    let drafts = [
        draft("r2", "red", 5000, LONG),
        draft("r1", "blue", 5000, LONG),
        draft("r3", "blue", 5003, LONG),
        // The page of the family itself, and another product.
        draft("r4", "jug", 5000, LONG),
        draft("r5", "lamp", 5000, LONG),
    ];
    let expected = [
        Copied::Variant,
        Copied::Shared,
        Copied::Repeat,
        Copied::Variant,
        Copied::Original,
    ];
    assert_eq!(placed(&drafts), expected);
}

#[test]
fn other_words_another_minute_or_no_text_is_another_act() {
    let day = 9 * DAY;
    let drafts = [
        draft("r1", "blue", day, "good"),
        draft("r2", "red", day, "good"),
        draft("r3", "red", day, "fine"),
        draft("r4", "red", day + 60, "good"),
        draft("r5", "blue", day + 7, ""),
        draft("r6", "red", day + 7, ""),
        draft("r7", "red", day + 7, ""),
        draft("r8", "red", day + 8, ""),
    ];
    let expected = [
        Copied::Shared,
        Copied::Variant,
        Copied::Original,
        Copied::Original,
        Copied::Original,
        Copied::Original,
        Copied::Repeat,
        Copied::Original,
    ];
    assert_eq!(placed(&drafts), expected);
}

#[test]
fn next_copy_takes_the_place_of_a_review_that_was_taken_down() {
    let drafts = [
        draft("r1", "blue", 5000, LONG),
        draft("r2", "blue", 5000, LONG),
        draft("r3", "red", 5000, LONG),
    ];
    let mut events: Vec<Event> = drafts.iter().map(written).collect();
    events.extend(["blue", "red"].map(|name| variant(name, "jug")));
    events.push(removal_of("r1"));
    let state = fold(&events);
    check_by_brute_force(&state);
    let kinds = ["r1", "r2", "r3"].map(|name| copied(&state, name));
    assert_eq!(kinds, [Copied::Repeat, Copied::Shared, Copied::Variant]);
    // Clearing copies away is no removal of what the author wrote.
    let row = state.find_reviewer(SHOP, "anna").expect("known");
    let author = state.reviewers().get(row).expect("known");
    assert_eq!((author.reviews, author.removed), (1, 0));
    let blue = state.find_listing(SHOP, "blue").expect("known");
    let tally = state.listings().get(blue).expect("known").tally;
    assert_eq!((tally.up(), tally.removed(), tally.copies_up()), (1, 0, 0));
}

#[test]
fn thousand_deliveries_count_once_and_are_all_shown() {
    let names: Vec<String> = (0..1000).map(|number| format!("d{number}")).collect();
    let drafts = names.iter().map(|name| draft(name, "blue", 5000, LONG));
    let state = fold(&drafts.map(|one| written(&one)).collect::<Vec<Event>>());
    let blue = state.find_listing(SHOP, "blue").expect("known");
    let listing = state.listings().get(blue).expect("known");
    assert_eq!(author_reviews(&state), 1);
    assert_eq!((listing.tally.up(), listing.tally.copies_up()), (1, 999));
    assert_eq!(listing.tally.shown().up(), 1000);
    assert_eq!((listing.days.len(), listing.days[0].counts), (1, [0, 0, 1]));
    let row = state.find_review(SHOP, "d500").expect("known");
    let review = state.reviews().get(row).expect("known");
    assert!(review.buckets().all(|key| state.bucket(key).count == 1));
    assert_eq!(state.copy_count(), 999);
}

fn removal_of(name: &str) -> Event {
    event(
        0,
        Payload::ReviewRemoval(ReviewRemoval {
            review: id(name),
            ..match removal(0, 0).payload {
                Payload::ReviewRemoval(removal) => removal,
                _ => unreachable!("made above"),
            }
        }),
    )
}
