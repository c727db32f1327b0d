//! Slow campaigns, which make no burst: shared wording, and crews who meet again and again.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::REVIEWS_LEAST;
use super::cells::{Cell, Seed, seeded};
use super::groups::DisjointSets;
use super::listing_index::{IndexedReview, ListingIndex, POLARITIES};
use super::rhythm::MarketplaceRhythms;
use crate::state::{BandKey, ListingIx, Polarity, ReviewIx, ReviewerIx, State};
use crate::threads::parallel::{PASS_THREADS, gathered};

/// Reviews of one wording, or of one crew, that lie further apart are not one campaign.
const GAP_DAYS: u32 = 30;
/// Days within which two authors of a listing meet.
const MEET_DAYS: u32 = 7;
/// Next authors on a listing with whom one is compared: bounds the work on a hot listing.
const NEXT_MOST: usize = 8;
/// Authors with more reviews than this meet everybody.
const AUTHOR_REVIEWS_MOST: u32 = 64;
/// Listings on which two authors must meet.
const MEETINGS_LEAST: u32 = 2;
/// Authors of one wording.
const SHARED_LEAST: usize = 3;
/// Authors of a crew.
const CREW_LEAST: usize = 4;
/// Of the usual reviews in a window, the share that would be taken for seeds by chance.
const CHANCE: f64 = 0.1;

/// A listing, a polarity, and reviews that belong together.
type Places = BTreeMap<(ListingIx, usize), Vec<IndexedReview>>;

/// Adds cells where no burst was found.
pub(super) fn add(
    state: &State,
    rhythm: &MarketplaceRhythms,
    index: &ListingIndex,
    cells: &mut Vec<Cell>,
) {
    let mut taken: FxHashMap<(ListingIx, usize), Vec<(u32, u32)>> = FxHashMap::default();
    for cell in cells.iter() {
        let windows = taken
            .entry((cell.listing, cell.polarity.index()))
            .or_default();
        windows.push((cell.first, cell.last));
    }
    let found = [
        (Seed::Wording, wordings(state, index)),
        (Seed::Crew, crews(state, index)),
    ];
    for (seed, places) in found {
        for ((listing, polarity), mut reviews) in places {
            reviews.sort_unstable();
            reviews.dedup();
            let held = taken.entry((listing, polarity)).or_default();
            for run in reviews.chunk_by(|a, b| b.day() - a.day() <= GAP_DAYS) {
                let (Some(first), Some(last)) = (run.first(), run.last()) else {
                    continue;
                };
                let window = (first.day(), last.day());
                let free = held.iter().all(|w| w.1 < window.0 || window.1 < w.0);
                if run.len() < REVIEWS_LEAST || !free {
                    continue;
                }
                let polarity = if polarity == Polarity::Negative.index() {
                    Polarity::Negative
                } else {
                    Polarity::Positive
                };
                let place = (listing, polarity);
                let Some(mut cell) = seeded(state, (rhythm, index), place, window, seed) else {
                    continue;
                };
                let wanted: FxHashSet<ReviewIx> = run.iter().map(|review| review.row).collect();
                cell.reviews.retain(|review| wanted.contains(review));
                cell.expected = (cell.expected * CHANCE).min(cell.reviews.len() as f64 / 2.0);
                held.push(window);
                cells.push(cell);
            }
        }
    }
}

/// Reviews that share a near-duplicate bucket with two other authors of their listing. Wording is
/// compared listing by listing: to ask for the size of every bucket costs more than all else.
fn wordings(state: &State, index: &ListingIndex) -> Places {
    let found = gathered(PASS_THREADS, state.listings().len() as usize, |range| {
        let mut found = Vec::new();
        let mut by_bucket = Vec::new();
        for listing in ListingIx::range(range) {
            worded(state, listing, index, (&mut by_bucket, &mut found));
        }
        found
    });
    let mut places = Places::new();
    gather(state, &mut places, found.into_iter());
    places
}

/// Those of one listing; the buckets are scratch.
fn worded(
    state: &State,
    listing: ListingIx,
    index: &ListingIndex,
    (by_bucket, found): (&mut Vec<(BandKey, IndexedReview)>, &mut Vec<IndexedReview>),
) {
    by_bucket.clear();
    for held in POLARITIES
        .iter()
        .flat_map(|polarity| index.of_listing(listing, *polarity))
    {
        if let Some(review) = state.reviews().get(held.row) {
            by_bucket.extend(review.buckets().map(|bucket| (bucket, *held)));
        }
    }
    by_bucket.sort_unstable();
    for bucket in by_bucket.chunk_by(|a, b| a.0 == b.0) {
        for run in bucket.chunk_by(|a, b| b.1.day() - a.1.day() <= GAP_DAYS) {
            if run.len() < SHARED_LEAST {
                continue;
            }
            let authors = run
                .iter()
                .filter_map(|held| state.reviews().get(held.1.row));
            let authors: FxHashSet<ReviewerIx> =
                authors.filter_map(|review| review.reviewer).collect();
            if authors.len() >= SHARED_LEAST {
                found.extend(run.iter().map(|held| held.1));
            }
        }
    }
}

/// Two authors, the smaller row first, and a listing on which they met.
type Meeting = (ReviewerIx, ReviewerIx, ListingIx);

/// Finds the authors who meet on a listing in positive, or in negative, reviews. One polarity must
/// not come between the reviews of the other.
fn meetings(state: &State, listing: ListingIx, index: &ListingIndex, met: &mut Vec<Meeting>) {
    let mut on_listing: Vec<(u32, ReviewerIx)> = Vec::new();
    for polarity in POLARITIES {
        on_listing.clear();
        for held in index.of_listing(listing, polarity) {
            let author = state
                .reviews()
                .get(held.row)
                .and_then(|review| review.reviewer);
            let written = |author| Some(state.reviewers().get(author)?.reviews);
            let several = author.and_then(written);
            if several.is_some_and(|several| (2..=AUTHOR_REVIEWS_MOST).contains(&several)) {
                on_listing.extend(author.map(|author| (held.seconds, author)));
            }
        }
        for (place, (time, author)) in on_listing.iter().enumerate() {
            for (later, other) in on_listing.iter().skip(place + 1).take(NEXT_MOST) {
                if later - time <= MEET_DAYS * crate::domain::DAY && author != other {
                    met.push((*author.min(other), *author.max(other), listing));
                }
            }
        }
    }
}

/// Reviews of crews: authors who met at least three others on several listings.
fn crews(state: &State, index: &ListingIndex) -> Places {
    let mut meetings = gathered(PASS_THREADS, state.listings().len() as usize, |range| {
        let mut met = Vec::new();
        for listing in ListingIx::range(range) {
            meetings(state, listing, index, &mut met);
        }
        met
    });
    meetings.sort_unstable();
    meetings.dedup();
    let mut sets = DisjointSets::new(state.reviewers().len() as usize);
    let mut friends: FxHashMap<ReviewerIx, u32> = FxHashMap::default();
    let mut pairs = Vec::new();
    for pair in meetings.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        if pair.len() as u32 >= MEETINGS_LEAST {
            let (one, other, _) = pair[0];
            pairs.push((one, other));
            *friends.entry(one).or_default() += 1;
            *friends.entry(other).or_default() += 1;
        }
    }
    // One chance pair must not join two crews.
    let sociable = |author: &ReviewerIx| friends.get(author).is_some_and(|count| *count >= 2);
    for (one, other) in &pairs {
        if sociable(one) && sociable(other) {
            sets.join(one.index(), other.index());
        }
    }
    let mut places = Places::new();
    #[allow(clippy::disallowed_methods, reason = "each place's reviews are sorted")]
    let members = friends.keys().copied().filter(sociable);
    let mut crews: BTreeMap<usize, Vec<ReviewerIx>> = BTreeMap::new();
    for member in members {
        crews
            .entry(sets.root(member.index()))
            .or_default()
            .push(member);
    }
    for crew in crews.into_values().filter(|crew| crew.len() >= CREW_LEAST) {
        let reviews = crew
            .iter()
            .flat_map(|author| state.reviews_of_reviewer(*author));
        let dated = reviews.filter_map(|(row, review)| {
            let seconds = review.time()?.seconds();
            Some(IndexedReview { seconds, row })
        });
        gather(state, &mut places, dated);
    }
    places
}

fn gather(state: &State, places: &mut Places, reviews: impl Iterator<Item = IndexedReview>) {
    for held in reviews {
        let review = state
            .reviews()
            .get(held.row)
            .filter(|review| review.arrived());
        if let Some(review) = review.filter(|review| review.polarity() != Polarity::Neutral)
            && let Some(listing) = review.listing
        {
            let place = (listing, review.polarity().index());
            places.entry(place).or_default().push(held);
        }
    }
}
