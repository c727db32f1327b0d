//! What reviews are compared by: texts, and age at arrival.

use serde::{Deserialize, Serialize};

use super::{NONE, Side};
use crate::state::State;
use crate::state::histogram::{Histogram, Scale};
use crate::state::rows::{ListingRow, ReviewRow};

/// Reviews that are up, by what can be seen on each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// By words, for each [`Side::index`]; those without text are not counted.
    pub words: [Histogram; 3],
    /// By exclamation marks; those without text are not counted.
    pub exclamations: Histogram,
    /// By [`age`], where that is known.
    pub ages: Histogram,
}

impl Marks {
    pub(super) fn count(
        &mut self,
        review: &ReviewRow,
        listing: &ListingRow,
        step: fn(&mut Histogram, usize),
    ) {
        if review.words > 0 {
            let words = &mut self.words[Side::of_stars(review.stars).index()];
            step(words, Scale::Count.bin(review.words.into()));
            let bin = Scale::Count.bin(review.exclamations.into());
            step(&mut self.exclamations, bin);
        }
        if let Some(age) = age(review, listing) {
            step(&mut self.ages, Scale::Count.bin(age));
        }
    }
}

/// Days from the listing's creation to the review, from 1; 0 for a review that is older than its
/// listing. None where a time is unknown.
pub fn age(review: &ReviewRow, listing: &ListingRow) -> Option<f64> {
    if review.seconds == NONE || listing.created_seconds == NONE {
        return None;
    }
    let days = review
        .seconds
        .checked_sub(listing.created_seconds)
        .map_or(0, |seconds| 1 + seconds / 86_400);
    Some(f64::from(days))
}

impl State {
    /// Counts one review's marks in or out, if it is up.
    pub(in crate::state) fn count_marks(
        &mut self,
        review: &ReviewRow,
        step: fn(&mut Histogram, usize),
    ) {
        let Some(listing) = self.listings.get(review.listing) else {
            return;
        };
        if review.removed.is_none() {
            self.baselines
                .change(listing.group, listing.marketplace, |peers| {
                    peers.marks.count(review, listing, step);
                });
        }
    }

    /// Counts the marks of all reviews of a listing in or out, when it changes its group or date:
    /// mostly once, when the listing comes after its first reviews.
    pub(in crate::state) fn count_marks_of_listing(
        &mut self,
        listing: u32,
        step: fn(&mut Histogram, usize),
    ) {
        let mut next = self
            .listings
            .get(listing)
            .map_or(NONE, |row| row.first_review);
        while let Some(review) = self.reviews.get(next).copied() {
            self.count_marks(&review, step);
            next = review.next_in_listing;
        }
    }
}
