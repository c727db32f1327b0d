//! Indexes the reviews of each listing and polarity, in the order of time and ids.
//!
//! The state chains a listing's reviews. Following the chains costs one cache miss per review and
//! search. Reviews without a time, neutral ones and copies are in no campaign, and are left out.

use std::thread;

use super::canonical_order;
use crate::state::{ListingIx, Polarity, ReviewIx, ReviewRow, State};
use crate::threads::parallel::PASS_THREADS;

/// Polarities that campaigns have.
pub(super) const POLARITIES: [Polarity; 2] = [Polarity::Positive, Polarity::Negative];
/// Below this many reviews a second thread costs more than it brings.
const WORTH_A_THREAD: usize = 4096;

/// One review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct IndexedReview {
    /// Since 1970.
    pub(super) seconds: u32,
    pub(super) row: ReviewIx,
}

impl IndexedReview {
    pub(super) const fn day(self) -> u32 {
        self.seconds / crate::domain::DAY
    }
}

/// A listing and a polarity of its reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ListingPolarity {
    pub(super) listing: ListingIx,
    pub(super) polarity: Polarity,
}

/// All of them: 8 bytes a review.
pub(super) struct ListingIndex {
    // Start of each slot; the last entry is the end.
    starts: Vec<u32>,
    reviews: Vec<IndexedReview>,
}

impl ListingIndex {
    pub(super) fn of(state: &State) -> Self {
        let mut starts = vec![0; POLARITIES.len() * state.listings().len() as usize + 1];
        for slot in state.reviews().iter().filter_map(slot_of) {
            if let Some(count) = starts.get_mut(slot + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        // Every entry is written below.
        let mut reviews = state
            .reviews()
            .numbers()
            .next()
            .map_or_else(Vec::new, |row| {
                vec![IndexedReview { seconds: 0, row }; sum as usize]
            });
        for (row, review) in state.reviews().numbered() {
            let Some(index) = slot_of(review).and_then(|slot| next.get_mut(slot)) else {
                continue;
            };
            if let Some(entry) = reviews.get_mut(*index as usize) {
                *entry = IndexedReview {
                    seconds: review.seconds,
                    row,
                };
            }
            *index += 1;
        }
        sort(state, &starts, &mut reviews, PASS_THREADS);
        Self { starts, reviews }
    }

    /// The reviews of a listing and polarity.
    pub(super) fn of_listing(&self, listing: ListingIx, polarity: Polarity) -> &[IndexedReview] {
        let slot = slot(listing, polarity);
        let bounds = self.starts.get(slot).zip(self.starts.get(slot + 1));
        bounds
            .and_then(|(start, end)| self.reviews.get(*start as usize..*end as usize))
            .unwrap_or_default()
    }
}

/// The slot of a review; none for one that is not indexed.
fn slot_of(review: &ReviewRow) -> Option<usize> {
    let is_indexed = review.is_act() && review.polarity() != Polarity::Neutral;
    review.time().filter(|_| is_indexed)?;
    Some(slot(review.listing?, review.polarity()))
}

const fn slot(listing: ListingIx, polarity: Polarity) -> usize {
    POLARITIES.len() * listing.index() + matches!(polarity, Polarity::Negative) as usize
}

/// Sorts each slot; the slots are halved as long as there are threads.
fn sort(state: &State, starts: &[u32], reviews: &mut [IndexedReview], threads: usize) {
    let (Some(first), Some(last)) = (starts.first(), starts.last()) else {
        return;
    };
    let half = starts.partition_point(|start| start - first < (last - first) / 2);
    if threads > 1 && reviews.len() >= WORTH_A_THREAD && half + 1 < starts.len() {
        let (left, right) = reviews.split_at_mut((starts[half] - first) as usize);
        let started = thread::scope(|scope| {
            let sort_left = || sort(state, &starts[..=half], &mut *left, threads / 2);
            let started = thread::Builder::new()
                .spawn_scoped(scope, sort_left)
                .is_ok();
            sort(state, &starts[half..], right, threads / 2);
            started
        });
        if !started {
            // If no thread can be started, this one does all the work.
            sort(state, &starts[..=half], left, 1);
        }
        return;
    }
    for bounds in starts.windows(2) {
        let (start, end) = (bounds[0] - first, bounds[1] - first);
        if let Some(slot) = reviews.get_mut(start as usize..end as usize) {
            canonical_order::sort_by_time(state, slot, |review| (review.seconds, review.row));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{LISTINGS, events, honest, push, state};
    use super::*;

    /// However many threads sort it, in the order of time and ids.
    #[test]
    fn index_lists_the_same_reviews_as_the_linked_lists() {
        let mut drafts = honest();
        drafts.extend((0..LISTINGS).flat_map(|listing| push(listing, 1, 10..30, 9)));
        let state = state(&events(&drafts));
        let index = ListingIndex::of(&state);
        assert!(index.reviews.len() > WORTH_A_THREAD);
        for listing in state.listings().numbers() {
            for polarity in POLARITIES {
                let chained = state.reviews_of_listing(listing);
                let of_polarity = chained.filter(|(_, review)| review.polarity() == polarity);
                let mut rows: Vec<ReviewIx> = of_polarity.map(|(row, _)| row).collect();
                canonical_order::sort_by_review(&state, &mut rows, |row| *row);
                let indexed = index.of_listing(listing, polarity).iter();
                assert_eq!(indexed.map(|review| review.row).collect::<Vec<_>>(), rows);
            }
        }
        let mut anew = index.reviews.clone();
        for bounds in index.starts.windows(2) {
            anew[bounds[0] as usize..bounds[1] as usize].reverse();
        }
        sort(&state, &index.starts, &mut anew, 1);
        assert_eq!(anew, index.reviews);
        let unknown = ListingIx::new(LISTINGS + 9).expect("a row");
        assert!(index.of_listing(unknown, Polarity::Positive).is_empty());
    }
}
