//! The order of things by time and ids, which does not depend on the order of events.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::state::{ListingIx, ReviewIx, ReviewerIx, State};

/// Distinguishes ids made of listings from those made of reviews.
const LISTING_SEED: u64 = 1;

/// Marketplace and id of a review.
fn review_name(state: &State, row: ReviewIx) -> (&str, &str) {
    state.reviews().get(row).map_or(("", ""), |review| {
        (
            state.marketplace(review.marketplace),
            state.name(review.name),
        )
    })
}

/// Sorts by the time, marketplace and id of the reviews.
pub(super) fn sort_by_review<T>(state: &State, items: &mut [T], row: impl Fn(&T) -> ReviewIx) {
    let seconds = |row: ReviewIx| {
        let review = state.reviews().get(row);
        review.map_or(u32::MAX, |review| review.seconds)
    };
    sort_by_time(state, items, |item| (seconds(row(item)), row(item)));
}

/// The same for items that know seconds and row of their review.
pub(super) fn sort_by_time<T>(state: &State, items: &mut [T], key: impl Fn(&T) -> (u32, ReviewIx)) {
    // Names are looked up only where times are equal.
    items.sort_by(|a, b| {
        let ((one, row), (other, next)) = (key(a), key(b));
        one.cmp(&other)
            .then_with(|| review_name(state, row).cmp(&review_name(state, next)))
    });
}

/// Sorts authors by marketplace and id, each once.
pub(super) fn sort_reviewers(state: &State, rows: &mut Vec<ReviewerIx>) {
    let key = |row: ReviewerIx| {
        state.reviewers().get(row).map_or(("", ""), |held| {
            (state.marketplace(held.marketplace), state.name(held.name))
        })
    };
    // Each once before names are looked up.
    rows.sort_unstable();
    rows.dedup();
    rows.sort_by_cached_key(|row| key(*row));
}

/// The marketplace and id of a listing.
pub(super) fn listing_key(state: &State, row: ListingIx) -> (&str, &str) {
    state.listings().get(row).map_or(("", ""), |held| {
        (state.marketplace(held.marketplace), state.name(held.name))
    })
}

/// Sorts listings by marketplace and id, each once.
pub(super) fn sort_listings(state: &State, rows: &mut Vec<ListingIx>) {
    rows.sort_unstable();
    rows.dedup();
    rows.sort_by_cached_key(|row| listing_key(state, *row));
}

/// The id of a listing's carried-over reviews: a hash of the listing, 16 hexadecimal digits.
pub(super) fn id_of_listing(state: &State, listing: ListingIx) -> String {
    let (marketplace, name) = listing_key(state, listing);
    // Another seed than for reviews, which may bear the name of a listing.
    let seed = xxh3_64_with_seed(marketplace.as_bytes(), LISTING_SEED);
    format!("{:016x}", xxh3_64_with_seed(name.as_bytes(), seed))
}

/// A campaign's id: a hash of one of its reviews, 16 hexadecimal digits.
pub(super) fn id(state: &State, review: ReviewIx) -> String {
    format!("{:016x}", number(state, review))
}

/// The same as a number.
pub(super) fn number(state: &State, review: ReviewIx) -> u64 {
    let (marketplace, name) = review_name(state, review);
    xxh3_64_with_seed(name.as_bytes(), xxh3_64(marketplace.as_bytes()))
}

/// An id as a number; none for what is no id.
pub(super) fn parsed(id: &str) -> Option<u64> {
    let digits = id
        .bytes()
        .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let id = Some(id).filter(|id| id.len() == 16 && digits)?;
    u64::from_str_radix(id, 16).ok()
}

/// Whether a listing is one of a sample of one in `every`.
pub(super) fn in_sample(state: &State, listing: ListingIx, every: u64) -> bool {
    if every <= 1 {
        return true;
    }
    let (marketplace, name) = listing_key(state, listing);
    let seed = xxh3_64(marketplace.as_bytes());
    xxh3_64_with_seed(name.as_bytes(), seed).is_multiple_of(every)
}
