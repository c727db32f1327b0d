//! Notes the rows that an event touches, and counts each anew among its peers at the event's end.

use std::sync::Arc;

use super::{AuthorBins, ListingBins, Reference, Rhythms, ensure};
use crate::state::histogram::Histogram;
use crate::state::rows::{ReviewerRow, Tally};
use crate::state::{GroupIx, ListingIx, ReviewerIx, SellerIx, State};

/// Rows that the current event touches, as they were before.
#[derive(Clone, Debug, Default)]
pub(in crate::state) struct Touched {
    listings: Vec<TouchedListing>,
    reviewers: Vec<TouchedReviewer>,
}

#[derive(Clone, Debug)]
struct TouchedListing {
    row: ListingIx,
    group: GroupIx,
    seller: Option<SellerIx>,
    tally: Tally,
    bins: ListingBins,
    days_changed: bool,
    days_left: bool,
}

#[derive(Clone, Debug)]
struct TouchedReviewer {
    row: ReviewerIx,
    before: ReviewerRow,
}

/// Subjects of which an event changed the reviews, or to whom they belong; orders alone do not
/// count, and what is usual among peers may change any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Authors.
    pub reviewers: Vec<ReviewerIx>,
    /// Listings.
    pub listings: Vec<ListingIx>,
    /// Sellers; one may be there more than once.
    pub sellers: Vec<SellerIx>,
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
    /// Subjects that the newest event changed.
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Notes a listing before its counts, its group or its seller change.
    pub(in crate::state) fn touch_listing(&mut self, row: ListingIx) {
        if self
            .touched
            .listings
            .iter()
            .any(|touched| touched.row == row)
        {
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

    /// Notes a listing before its reviews by day change. After a review that `leaves` a day its
    /// densest weeks are sought anew, which is expensive and rare.
    pub(in crate::state) fn touch_days(&mut self, row: ListingIx, leaves: bool) {
        self.touch_listing(row);
        let mut listings = self.touched.listings.iter_mut();
        if let Some(touched) = listings.find(|touched| touched.row == row) {
            touched.days_changed = true;
            touched.days_left |= leaves;
        }
    }

    /// Notes an author before its counts change.
    pub(in crate::state) fn touch_reviewer(&mut self, row: ReviewerIx) {
        if self
            .touched
            .reviewers
            .iter()
            .any(|touched| touched.row == row)
        {
            return;
        }
        if let Some(before) = self.reviewers.get(row).copied() {
            self.touched.reviewers.push(TouchedReviewer { row, before });
        }
    }

    /// Counts every touched row anew among its peers, and takes a new sample of peers once praise has
    /// grown enough.
    pub(in crate::state) fn settle(&mut self) {
        self.changes.clear();
        let mut touched = std::mem::take(&mut self.touched);
        for old in touched.listings.drain(..) {
            self.settle_listing(&old);
        }
        for old in touched.reviewers.drain(..) {
            self.settle_reviewer(old.row, &old.before);
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
        // Orders alone do not count as a change: they come every day, and move a score little.
        let without_orders = Tally {
            orders: old.tally.orders,
            refunded: old.tally.refunded,
            ..tally
        };
        if old.days_changed
            || (group, seller, &without_orders) != (old.group, old.seller, &old.tally)
        {
            self.changes.listings.push(old.row);
            let former = old.seller.filter(|_| seller != old.seller);
            self.changes
                .sellers
                .extend(seller.into_iter().chain(former));
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

    fn settle_reviewer(&mut self, row: ReviewerIx, old: &ReviewerRow) {
        let Some(author) = self.reviewers.get(row).copied() else {
            return;
        };
        let bins = AuthorBins::of(self, row);
        self.changes.reviewers.push(row);
        if (author.reviews, bins) == (old.reviews, old.bins) {
            return;
        }
        if let Some(peers) = ensure(&mut self.baselines.authors, author.marketplace) {
            peers.count(old.reviews, old.bins, Histogram::remove_n);
            peers.count(author.reviews, bins, Histogram::add_n);
        }
        if let Some(author) = self.reviewers.get_mut(row) {
            author.bins = bins;
        }
    }
}
