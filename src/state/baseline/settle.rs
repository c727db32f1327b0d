//! Rows that an event touches, and how each is counted anew among its peers when the event is done.

use std::sync::Arc;

use super::{AuthorBins, ListingBins, Reference, Rhythms, ensure};
use crate::state::State;
use crate::state::histogram::Histogram;
use crate::state::rows::{NONE, ReviewerRow, Tally};

/// Rows that the current event touches, as they were before.
#[derive(Clone, Debug, Default)]
pub(in crate::state) struct Touched {
    listings: Vec<TouchedListing>,
    reviewers: Vec<(u32, ReviewerRow)>,
}

#[derive(Clone, Debug)]
struct TouchedListing {
    row: u32,
    group: u32,
    seller: u32,
    tally: Tally,
    bins: ListingBins,
    days_changed: bool,
    days_left: bool,
}

/// Subjects of which an event changed the reviews, or to whom they belong; orders alone do not
/// count, and what is usual among peers may change any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Rows of authors.
    pub reviewers: Vec<u32>,
    /// Rows of listings.
    pub listings: Vec<u32>,
    /// Rows of sellers; one may be there more than once.
    pub sellers: Vec<u32>,
}

impl Changes {
    fn clear(&mut self) {
        let Self {
            reviewers,
            listings,
            sellers,
        } = self;
        reviewers.clear();
        listings.clear();
        sellers.clear();
    }
}

impl State {
    /// What the newest event changed.
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Notes a listing before its counts, its group or its seller change.
    pub(in crate::state) fn touch_listing(&mut self, row: u32) {
        if self.touched.listings.iter().any(|held| held.row == row) {
            return;
        }
        if let Some(listing) = self.listings.get(row) {
            self.touched.listings.push(TouchedListing {
                row,
                group: listing.group,
                seller: listing.seller,
                tally: listing.tally,
                bins: listing.bins,
                days_changed: false,
                days_left: false,
            });
        }
    }

    /// Notes a listing before its reviews by day change. One that `leaves` a day makes its densest
    /// weeks be sought anew, which is dear and rare.
    pub(in crate::state) fn touch_days(&mut self, row: u32, leaves: bool) {
        self.touch_listing(row);
        if let Some(held) = self
            .touched
            .listings
            .iter_mut()
            .find(|held| held.row == row)
        {
            held.days_changed = true;
            held.days_left |= leaves;
        }
    }

    /// Notes an author before its counts change.
    pub(in crate::state) fn touch_reviewer(&mut self, row: u32) {
        if self.touched.reviewers.iter().any(|held| held.0 == row) {
            return;
        }
        if let Some(reviewer) = self.reviewers.get(row) {
            self.touched.reviewers.push((row, *reviewer));
        }
    }

    /// Counts all that the event touched among its peers anew, and looks at peers one by one again
    /// when praise has grown enough.
    pub(in crate::state) fn settle(&mut self) {
        self.changes.clear();
        let mut touched = std::mem::take(&mut self.touched);
        for old in touched.listings.drain(..) {
            self.settle_listing(&old);
        }
        for (row, old) in touched.reviewers.drain(..) {
            self.settle_reviewer(row, &old);
        }
        self.touched = touched;
        if self.baselines.reference.is_due(self.positive) {
            self.baselines.reference = Arc::new(Reference::of(self));
        }
    }

    fn settle_listing(&mut self, old: &TouchedListing) {
        let Some(listing) = self.listings.get(old.row) else {
            return;
        };
        let (group, marketplace, tally) = (listing.group, listing.marketplace, listing.tally);
        let seller = listing.seller;
        let rhythms = if old.days_left {
            Rhythms::seek(&listing.days)
        } else {
            listing.rhythms
        };
        let bins = ListingBins::of(&tally, &rhythms);
        let same = (group, &tally, &bins) == (old.group, &old.tally, &old.bins);
        if same && seller == old.seller && !old.days_changed {
            return;
        }
        // Orders alone are no change to speak of: they come every day, and move a score little.
        let told = Tally {
            orders: old.tally.orders,
            refunded: old.tally.refunded,
            ..tally
        };
        if old.days_changed || (group, seller, &told) != (old.group, old.seller, &old.tally) {
            self.changes.listings.push(old.row);
            let sellers = [Some(seller), (seller != old.seller).then_some(old.seller)];
            let known = sellers.into_iter().flatten().filter(|row| *row != NONE);
            self.changes.sellers.extend(known);
        }
        if group != old.group {
            let days = Arc::clone(&listing.days);
            self.baselines.move_days(&days, old.group, group);
        }
        self.baselines.change(old.group, marketplace, |peers| {
            peers.count_listing(&old.tally, &old.bins, Histogram::remove_n);
        });
        self.baselines.change(group, marketplace, |peers| {
            peers.count_listing(&tally, &bins, Histogram::add_n);
        });
        if let Some(listing) = self.listings.get_mut(old.row) {
            listing.bins = bins;
            listing.rhythms = rhythms;
        }
    }

    fn settle_reviewer(&mut self, row: u32, old: &ReviewerRow) {
        let Some(author) = self.reviewers.get(row).copied() else {
            return;
        };
        let bins = AuthorBins::of(self, row);
        self.changes.reviewers.push(row);
        if (author.reviews, bins) == (old.reviews, old.bins) {
            return;
        }
        if let Some(peers) = ensure(&mut self.baselines.authors, author.marketplace.into()) {
            peers.count(old.reviews, old.bins, Histogram::remove_n);
            peers.count(author.reviews, bins, Histogram::add_n);
        }
        if let Some(author) = self.reviewers.get_mut(row) {
            author.bins = bins;
        }
    }
}
