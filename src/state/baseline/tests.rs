//! Baselines against a recount, in any order of events.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::state::fold::tests::{any_event, fold};
use crate::state::rows::ListingRow;

type Recount = (Vec<Peers>, Vec<Peers>, Vec<AuthorPeers>, Histogram);

/// All baselines, counted from the rows alone.
fn recount(state: &State) -> Recount {
    let mut groups = vec![Peers::default(); state.groups.len() as usize];
    let mut markets = vec![Peers::default(); state.marketplaces.len() as usize];
    let mut authors = vec![AuthorPeers::default(); state.marketplaces.len() as usize];
    for (row, listing) in state.listings.numbered() {
        let bins = ListingBins::of(&listing.tally, &Rhythms::seek(&listing.days));
        assert_eq!(Rhythms::seek(&listing.days), listing.rhythms);
        assert_eq!(bins, listing.bins);
        for peers in [
            &mut groups[listing.group.index()],
            &mut markets[usize::from(listing.marketplace)],
        ] {
            peers.count_listing(&listing.tally, &bins, Histogram::add_n);
            for (_, review) in state.reviews_of_listing(row) {
                if review.removed.is_none() && review.is_act() {
                    peers.marks.count(review, listing, u32::wrapping_add);
                }
            }
        }
    }
    for (row, author) in state.reviewers.numbered() {
        let bins = AuthorBins::of(state, row);
        assert_eq!(bins, author.bins);
        authors[usize::from(author.marketplace)].count(author.reviews, bins, Histogram::add_n);
    }
    let mut buckets = Histogram::default();
    let acts = state.reviews.iter().filter(|review| review.is_act());
    for key in acts.flat_map(super::super::rows::ReviewRow::buckets) {
        let size = state.bucket(key).count;
        buckets.add_n(Scale::Count.bin(size.into()), 1);
    }
    (groups, markets, authors, buckets)
}

/// The days of all listings of a group, or of a marketplace, counted from the rows alone.
fn recounted_days(state: &State, wanted: impl Fn(&ListingRow) -> bool) -> Calendar {
    let mut calendar = Calendar::default();
    for listing in state.listings.iter().filter(|listing| wanted(listing)) {
        calendar.count_days(&listing.days, u32::wrapping_add);
    }
    calendar
}

fn check_days(state: &State) {
    let none = Calendar::default();
    for group in state.groups.numbers() {
        let kept = state.baselines.group_days.get(group);
        let again = recounted_days(state, |listing| listing.group == group);
        assert!(kept.map_or(&none, AsRef::as_ref).days().eq(again.days()));
    }
    for market in state.marketplaces.numbers() {
        let kept = state.baselines.marketplace_days.get(market);
        let again = recounted_days(state, |listing| listing.marketplace == market);
        assert!(kept.map_or(&none, AsRef::as_ref).days().eq(again.days()));
    }
}

fn filled<I: RowNumber, T: Clone + Default>(column: &Column<I, Arc<T>>, len: usize) -> Vec<T> {
    let mut all: Vec<T> = column.iter().map(|peers| T::clone(peers)).collect();
    assert!(all.len() <= len);
    all.resize(len, T::default());
    all
}

fn kept(state: &State) -> Recount {
    let baselines = &state.baselines;
    let markets = state.marketplaces.len() as usize;
    (
        filled(&baselines.groups, state.groups.len() as usize),
        filled(&baselines.marketplaces, markets),
        filled(&baselines.authors, markets),
        baselines.buckets.clone(),
    )
}

/// Groups that have peers, by name instead of by row.
fn by_name(state: &State) -> BTreeMap<String, Peers> {
    let groups = filled(&state.baselines.groups, state.groups.len() as usize);
    let names = state.groups.iter().map(|group| {
        let category = group.category.map_or("", |name| state.name(name));
        format!("{} {category}", state.marketplace(group.marketplace))
    });
    names
        .zip(groups)
        .filter(|(_, peers)| *peers != Peers::default())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn baselines_match_a_recount_and_do_not_depend_on_order(
        (events, shuffled) in proptest::collection::vec(any_event(), 0..80).prop_flat_map(|events| {
            (Just(events.clone()), Just(events).prop_shuffle())
        })
    ) {
        let state = fold(&events);
        prop_assert!(kept(&state) == recount(&state));
        let other = fold(&shuffled);
        check_days(&state);
        check_days(&other);
        prop_assert!(kept(&other) == recount(&other));
        prop_assert!(by_name(&state) == by_name(&other));
        let (ours, theirs) = (kept(&state), kept(&other));
        prop_assert!((ours.1, ours.2, ours.3) == (theirs.1, theirs.2, theirs.3));
    }
}
