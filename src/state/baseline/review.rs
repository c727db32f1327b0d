//! Values that reviews are compared by: texts, and age at arrival.

use serde::{Deserialize, Serialize};

use super::Polarity;
use super::levels::{LevelCounts, Levels};
use crate::state::histogram::{Histogram, Scale};
use crate::state::rows::{ListingRow, NO_TIME, ReviewRow};
use crate::state::{ListingIx, State};

/// Reviews that are up, by what can be seen on each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// By words, for each [`Polarity::index`]; those without text are not counted.
    pub words: [Histogram; 3],
    /// By what is seen on each in a few steps.
    pub levels: LevelCounts,
    /// By [`age`], where that is known.
    pub ages: Histogram,
}

impl Marks {
    pub(super) fn count(
        &mut self,
        review: &ReviewRow,
        listing: &ListingRow,
        step: fn(u32, u32) -> u32,
    ) {
        let one = |counts: &mut Histogram, bin| counts.step(bin, 1, step);
        if review.words > 0 {
            let words = &mut self.words[Polarity::of_stars(review.stars).index()];
            one(words, Scale::Count.bin(review.words.into()));
        }
        if review.levels != Levels::default() {
            self.levels.count(review.levels, step);
        }
        if let Some(age) = age(review, listing) {
            one(&mut self.ages, Scale::Count.bin(age));
        }
    }
}

/// Days from the listing's creation to the review, from 1; 0 for a review that is older than its
/// listing. None where a time is unknown.
pub fn age(review: &ReviewRow, listing: &ListingRow) -> Option<f64> {
    if review.seconds == NO_TIME || listing.created_seconds == NO_TIME {
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
    pub(in crate::state) fn count_marks(&mut self, review: &ReviewRow, step: fn(u32, u32) -> u32) {
        let listing = review.listing.and_then(|row| self.listings.get(row));
        let Some(listing) = listing else {
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
        listing: ListingIx,
        step: fn(u32, u32) -> u32,
    ) {
        let mut next = self.listings.get(listing).and_then(|row| row.first_review);
        while let Some(review) = next.and_then(|row| self.reviews.get(row)).copied() {
            if review.is_act() {
                self.count_marks(&review, step);
            }
            next = review.next_in_listing;
        }
    }
}
