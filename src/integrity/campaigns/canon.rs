//! The order of things by time and ids, which does not depend on the order of events.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::state::State;

/// Tells ids made of listings from those made of reviews.
const CARRIED_SEED: u64 = 1;

type Key<'a> = (u32, &'a str, &'a str);

fn review_key(state: &State, row: u32) -> Key<'_> {
    state
        .reviews()
        .get(row)
        .map_or((u32::MAX, "", ""), |review| {
            (
                review.seconds,
                state.marketplace(review.marketplace),
                state.name(review.name),
            )
        })
}

/// Sorts by the time, marketplace and id of the reviews.
pub(super) fn sort_by_review<T>(state: &State, items: &mut [T], row: impl Fn(&T) -> u32) {
    items.sort_by(|a, b| review_key(state, row(a)).cmp(&review_key(state, row(b))));
}

/// Sorts authors by marketplace and id, each once.
pub(super) fn sort_reviewers(state: &State, rows: &mut Vec<u32>) {
    let key = |row: u32| {
        state.reviewers().get(row).map_or(("", ""), |held| {
            (state.marketplace(held.marketplace), state.name(held.name))
        })
    };
    rows.sort_by(|a, b| key(*a).cmp(&key(*b)));
    rows.dedup();
}

/// The marketplace and id of a listing.
pub(super) fn listing_key(state: &State, row: u32) -> (&str, &str) {
    state.listings().get(row).map_or(("", ""), |held| {
        (state.marketplace(held.marketplace), state.name(held.name))
    })
}

/// Sorts listings by marketplace and id, each once.
pub(super) fn sort_listings(state: &State, rows: &mut Vec<u32>) {
    rows.sort_by(|a, b| listing_key(state, *a).cmp(&listing_key(state, *b)));
    rows.dedup();
}

/// The id of what a listing carried over: a hash of the listing, 16 hexadecimal digits.
pub(super) fn id_of_listing(state: &State, listing: u32) -> String {
    let (marketplace, name) = listing_key(state, listing);
    // Another seed than for reviews, which may bear the name of a listing.
    let seed = xxh3_64_with_seed(marketplace.as_bytes(), CARRIED_SEED);
    format!("{:016x}", xxh3_64_with_seed(name.as_bytes(), seed))
}

/// A campaign's id: a hash of one of its reviews, 16 hexadecimal digits.
pub(super) fn id(state: &State, review: u32) -> String {
    let (_, marketplace, name) = review_key(state, review);
    let hash = xxh3_64_with_seed(name.as_bytes(), xxh3_64(marketplace.as_bytes()));
    format!("{hash:016x}")
}
