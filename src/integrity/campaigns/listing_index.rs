//! Indexes the reviews of each listing and polarity, in the order of time and ids.
//!
//! The state chains a listing's reviews. Following the chains costs one cache miss per review and
//! search. Reviews without a time and neutral ones are in no campaign, and are left out.

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

/// All of them: 8 bytes a review.
pub(super) struct ListingIndex {
    // Start of each slot; the last entry is the end.
    starts: Vec<u32>,
    held: Vec<IndexedReview>,
}

impl ListingIndex {
    pub(super) fn of(state: &State) -> Self {
        let mut starts = vec![0; POLARITIES.len() * state.listings().len() as usize + 1];
        for shelf in state.reviews().iter().filter_map(shelf) {
            if let Some(count) = starts.get_mut(shelf + 1) {
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
        let mut held = state
            .reviews()
            .numbers()
            .next()
            .map_or_else(Vec::new, |row| {
                vec![IndexedReview { seconds: 0, row }; sum as usize]
            });
        for (row, review) in state.reviews().numbered() {
            let Some(index) = shelf(review).and_then(|shelf| next.get_mut(shelf)) else {
                continue;
            };
            if let Some(entry) = held.get_mut(*index as usize) {
                *entry = IndexedReview {
                    seconds: review.seconds,
                    row,
                };
            }
            *index += 1;
        }
        sort(state, &starts, &mut held, PASS_THREADS);
        Self { starts, held }
    }

    /// The reviews of a listing and polarity.
    pub(super) fn of_listing(&self, listing: ListingIx, polarity: Polarity) -> &[IndexedReview] {
        let shelf = number(listing, polarity);
        let bounds = self.starts.get(shelf).zip(self.starts.get(shelf + 1));
        bounds
            .and_then(|(start, end)| self.held.get(*start as usize..*end as usize))
            .unwrap_or_default()
    }
}

fn shelf(review: &ReviewRow) -> Option<usize> {
    let told = review.arrived() && review.polarity() != Polarity::Neutral;
    review.time().filter(|_| told)?;
    Some(number(review.listing?, review.polarity()))
}

const fn number(listing: ListingIx, polarity: Polarity) -> usize {
    POLARITIES.len() * listing.index() + matches!(polarity, Polarity::Negative) as usize
}

/// Sorts each slot; the slots are halved as long as there are threads.
fn sort(state: &State, starts: &[u32], held: &mut [IndexedReview], threads: usize) {
    let (Some(first), Some(last)) = (starts.first(), starts.last()) else {
        return;
    };
    let half = starts.partition_point(|start| start - first < (last - first) / 2);
    if threads > 1 && held.len() >= WORTH_A_THREAD && half + 1 < starts.len() {
        let (left, right) = held.split_at_mut((starts[half] - first) as usize);
        let lent = thread::scope(|scope| {
            let left = || sort(state, &starts[..=half], &mut *left, threads / 2);
            let lent = thread::Builder::new().spawn_scoped(scope, left).is_ok();
            sort(state, &starts[half..], right, threads / 2);
            lent
        });
        if !lent {
            // If no thread can be started, this one does all the work.
            sort(state, &starts[..=half], left, 1);
        }
        return;
    }
    for bounds in starts.windows(2) {
        let (start, end) = (bounds[0] - first, bounds[1] - first);
        if let Some(shelf) = held.get_mut(start as usize..end as usize) {
            canonical_order::sort_by_time(state, shelf, |held| (held.seconds, held.row));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{LISTINGS, events, honest, push, state};
    use super::*;

    /// Shelves of a market hold what its chains hold, in the order of time and ids, however many
    /// threads sort them.
    #[test]
    fn index_lists_the_same_reviews_as_the_linked_lists() {
        let mut drafts = honest();
        drafts.extend((0..LISTINGS).flat_map(|listing| push(listing, 1, 10..30, 9)));
        let state = state(&events(&drafts));
        let index = ListingIndex::of(&state);
        assert!(index.held.len() > WORTH_A_THREAD);
        for listing in state.listings().numbers() {
            for polarity in POLARITIES {
                let chained = state.reviews_of_listing(listing);
                let told = chained.filter(|(_, review)| review.polarity() == polarity);
                let mut rows: Vec<ReviewIx> = told.map(|(row, _)| row).collect();
                canonical_order::sort_by_review(&state, &mut rows, |row| *row);
                let held = index.of_listing(listing, polarity).iter();
                assert_eq!(held.map(|held| held.row).collect::<Vec<_>>(), rows);
            }
        }
        let mut anew = index.held.clone();
        for bounds in index.starts.windows(2) {
            anew[bounds[0] as usize..bounds[1] as usize].reverse();
        }
        sort(&state, &index.starts, &mut anew, 1);
        assert_eq!(anew, index.held);
        let unknown = ListingIx::new(LISTINGS + 9).expect("a row");
        assert!(index.of_listing(unknown, Polarity::Positive).is_empty());
    }
}
