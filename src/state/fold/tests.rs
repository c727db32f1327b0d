//! The fold against brute force, in any order, with repeats.

mod copies;
mod events;
mod trade;

use std::collections::BTreeMap;

use proptest::prelude::*;

pub(in crate::state) use events::any_event;
use events::*;

use super::*;
use crate::domain::{Kind, Payload, Subject, Time, Verdict, VerdictLabel};
use crate::state::rows::{Copied, DayCount, Known, ReviewRow, ReviewerRow, Tally};
use crate::state::{ListingIx, ReviewerIx, SellerIx};

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

type ListingSummary = (Tally, Vec<DayCount>, Vec<(String, Copied)>, String, String);

/// Everything that scores rest on, by id instead of by row.
#[derive(Debug, PartialEq)]
struct Summary {
    listings: BTreeMap<String, ListingSummary>,
    sellers: BTreeMap<String, (u32, Tally)>,
    reviewers: BTreeMap<String, [u32; 6]>,
    trade: trade::Summary,
}

fn summary(state: &State) -> Summary {
    let name = |name| state.name(name).to_owned();
    let listings = state.listings().numbered().map(|(row, listing)| {
        let mut reviews: Vec<(String, Copied)> = state
            .reviews_of_listing(row)
            .map(|(_, review)| (name(review.name), review.copied))
            .collect();
        reviews.sort_by(|one, other| one.0.cmp(&other.0));
        let group = state
            .groups()
            .get(listing.group)
            .and_then(|group| group.category);
        let seller = listing
            .seller
            .and_then(|row| state.sellers().get(row))
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
                author.positive,
                author.extreme,
                author.unverified,
                author.duplicate,
            ];
            (name(author.name), counts)
        });
    Summary {
        listings: listings
            .filter(|(_, summary)| summary != &ListingSummary::default())
            .collect(),
        sellers: sellers.filter(|(_, summary)| summary.0 > 0).collect(),
        reviewers: reviewers.collect(),
        trade: trade::summary(state),
    }
}

/// Tallies counted afresh from the reviews, and against the sum over sellers' listings.
fn check_by_brute_force(state: &State) {
    let mut of_sellers: BTreeMap<Option<SellerIx>, Tally> = BTreeMap::new();
    for (row, listing) in state.listings().numbered() {
        let mut counted = Tally {
            orders: listing.tally.orders,
            refunded: listing.tally.refunded,
            ..Tally::default()
        };
        let of_seller = of_sellers.entry(listing.seller).or_default();
        of_seller.combine(&counted, u32::wrapping_add);
        for (_, review) in state.reviews_of_listing(row) {
            counted.add(state.facts_of(review));
            of_seller.add(state.facts_of(review).at_seller());
        }
        assert_eq!(counted, listing.tally);
    }
    for (row, seller) in state.sellers().numbered() {
        assert_eq!(
            of_sellers.get(&Some(row)).copied().unwrap_or_default(),
            seller.tally
        );
    }
    for (row, seller) in state.sellers().numbered() {
        let mut listed: Vec<ListingIx> = state.listings_of_seller(row).collect();
        listed.sort_unstable();
        let all = state.listings().numbered();
        let named = all.filter(|(_, listing)| listing.seller == Some(row));
        assert_eq!(
            listed,
            named
                .map(|(listing, _)| listing)
                .collect::<Vec<ListingIx>>()
        );
        assert_eq!(listed.len(), seller.listings as usize);
    }
    for (row, author) in state.reviewers().numbered() {
        let up = state.acts_of_reviewer(row);
        let up = up.filter(|(_, review)| review.removed.is_none());
        assert_eq!(
            up.map(|(_, review)| u32::from(review.stars)).sum::<u32>(),
            author.stars
        );
        assert_eq!(state.acts_of_reviewer(row).count(), author.reviews as usize);
        check_author(state, row, author);
    }
    let numbers = state.reviewers().numbers();
    let linked: usize = numbers
        .map(|row| state.reviews_of_reviewer(row).count())
        .sum();
    let arrived = state
        .reviews()
        .iter()
        .filter(|review| review.arrived())
        .count();
    assert_eq!(linked, arrived);
    copies::check_by_brute_force(state);
    trade::check_by_brute_force(state);
}

fn check_author(state: &State, row: ReviewerIx, author: &ReviewerRow) {
    let mut days: BTreeMap<u32, u8> = BTreeMap::new();
    let (mut known, mut comparable) = (0, 0);
    for (_, review) in state.acts_of_reviewer(row) {
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

proptest! {
    #[test]
    fn prepared_events_are_applied_and_others_leave_no_row(
        events in proptest::collection::vec(prop_oneof![any_event(), any_other_fact()], 0..120)
    ) {
        let mut state = State::default();
        for event in &events {
            let rows = |state: &State| {
                let (sellers, listings) = (state.sellers.len(), state.listings.len());
                (sellers, listings, state.reviewers.len(), state.reviews.len())
            };
            let (prepared, before) = (state.prepare(event).is_some(), rows(&state));
            let outcome = state.apply(event, LogRef { sequence: 1, index: 0 });
            let expected = if prepared { Outcome::Applied } else { Outcome::Unchanged };
            prop_assert_eq!(outcome, Ok(expected));
            prop_assert!(prepared || before == rows(&state));
        }
    }

    #[test]
    fn candidate_equals_the_row_that_is_kept(
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
            (row.seconds, row.words, row.stars, row.levels, row.verified)
        };
        prop_assert_eq!(facts(&candidate.row), facts(kept));
        prop_assert!(candidate.row.listing.is_none_or(|row| Some(row) == kept.listing));
        prop_assert!(candidate.row.reviewer.is_none_or(|row| Some(row) == kept.reviewer));
        prop_assert!(candidate.row.buckets().eq(kept.buckets()));
        prop_assert_eq!(candidate.row.comparable(), kept.comparable());
    }
}

#[test]
fn snapshot_is_unchanged_by_later_events() {
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
fn newest_verdict_by_time_is_found() {
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
fn watermark_is_the_newest_event_time() {
    let mut early = review(1, 0, 1);
    if let Payload::Review(review) = &mut early.payload {
        review.time = Some(Time::from_seconds(5));
    }
    let state = fold(&[review(2, 0, 5), early]);
    assert_eq!(state.watermark(), Some(Time::from_seconds(5 * 86_400)));
}
