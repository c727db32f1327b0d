//! Finding things in a state.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::rows::{GroupRow, ListingRow, ReviewRow, ReviewerRow, SellerRow, VerdictRow};
use super::{
    Column, GroupIx, ListingIx, NameRef, OrderIx, ReviewIx, ReviewerIx, SellerIx, State, SubjectIx,
    VerdictIx,
};
use crate::domain::{Kind, Subject, Time};

/// Hash of an id within its namespace.
pub(super) fn key(marketplace: &str, id: &str) -> u64 {
    xxh3_64_with_seed(id.as_bytes(), xxh3_64(marketplace.as_bytes()))
}

/// Hash of a snapshot's identity.
pub(super) fn snapshot_key(marketplace: &str, listing: &str, seconds: u32) -> u64 {
    xxh3_64_with_seed(&seconds.to_le_bytes(), key(marketplace, listing))
}

/// Hash of a subject.
pub(super) fn subject_key(subject: &Subject) -> u64 {
    let word = subject.kind().word();
    xxh3_64_with_seed(
        word.as_bytes(),
        key(subject.marketplace(), subject.id().as_str()),
    )
}

impl State {
    /// Accepted events.
    pub const fn event_count(&self) -> u64 {
        self.event_count
    }

    /// Newest event time seen.
    pub const fn watermark(&self) -> Option<Time> {
        self.watermark
    }

    /// The text of a name.
    pub fn name(&self, name: NameRef) -> &str {
        self.names.get(name)
    }

    /// The text of a namespace.
    pub fn marketplace(&self, number: u16) -> &str {
        self.marketplaces
            .get(number)
            .map_or("", |name| self.names.get(*name))
    }

    /// All reviews.
    pub const fn reviews(&self) -> &Column<ReviewIx, ReviewRow> {
        &self.reviews
    }

    /// All authors.
    pub const fn reviewers(&self) -> &Column<ReviewerIx, ReviewerRow> {
        &self.reviewers
    }

    /// All listings.
    pub const fn listings(&self) -> &Column<ListingIx, ListingRow> {
        &self.listings
    }

    /// All sellers.
    pub const fn sellers(&self) -> &Column<SellerIx, SellerRow> {
        &self.sellers
    }

    /// All peer groups.
    pub const fn groups(&self) -> &Column<GroupIx, GroupRow> {
        &self.groups
    }

    /// All verdicts, those on erased authors included, which say nothing.
    pub const fn verdicts(&self) -> &Column<VerdictIx, VerdictRow> {
        &self.verdicts
    }

    /// How many reviews are copies of others.
    pub const fn copy_count(&self) -> u64 {
        self.copies
    }

    /// How many orders are known.
    pub fn order_count(&self) -> u32 {
        self.orders.len()
    }

    /// The reviews of a listing, in no promised order.
    pub fn reviews_of_listing(
        &self,
        listing: ListingIx,
    ) -> impl Iterator<Item = (ReviewIx, &ReviewRow)> {
        let first = self.listings.get(listing).and_then(|row| row.first_review);
        self.follow(first, |row| row.next_in_listing)
    }

    /// The reviews of an author, in no promised order.
    pub fn reviews_of_reviewer(
        &self,
        reviewer: ReviewerIx,
    ) -> impl Iterator<Item = (ReviewIx, &ReviewRow)> {
        let first = self
            .reviewers
            .get(reviewer)
            .and_then(|row| row.first_review);
        self.follow(first, |row| row.next_in_reviewer)
    }

    /// The reviews of an author that are no copies, in no promised order.
    pub fn acts_of_reviewer(
        &self,
        reviewer: ReviewerIx,
    ) -> impl Iterator<Item = (ReviewIx, &ReviewRow)> {
        self.reviews_of_reviewer(reviewer)
            .filter(|(_, review)| review.is_act())
    }

    /// The reviews that count on a listing, one of each act, in no promised order.
    pub fn acts_of_listing(
        &self,
        listing: ListingIx,
    ) -> impl Iterator<Item = (ReviewIx, &ReviewRow)> {
        self.reviews_of_listing(listing)
            .filter(|(_, review)| review.copied.counts_on_listing())
    }

    /// The listings of a seller, in no promised order.
    pub fn listings_of_seller(&self, seller: SellerIx) -> impl Iterator<Item = ListingIx> {
        let first = self.sellers.get(seller).and_then(|row| row.first_listing);
        std::iter::successors(first, |listing| self.listings.get(*listing)?.next_in_seller)
    }

    fn follow(
        &self,
        first: Option<ReviewIx>,
        next: impl Fn(&ReviewRow) -> Option<ReviewIx>,
    ) -> impl Iterator<Item = (ReviewIx, &ReviewRow)> {
        let mut at = first;
        std::iter::from_fn(move || {
            let row = at?;
            let review = self.reviews.get(row)?;
            at = next(review);
            Some((row, review))
        })
    }

    /// The listing of a review.
    pub fn listing_of(&self, review: &ReviewRow) -> Option<&ListingRow> {
        self.listings.get(review.listing?)
    }

    /// The author of a review.
    pub fn reviewer_of(&self, review: &ReviewRow) -> Option<&ReviewerRow> {
        self.reviewers.get(review.reviewer?)
    }

    /// Names of marketplaces, in the order in which they came.
    pub fn marketplaces(&self) -> impl Iterator<Item = &str> {
        self.marketplaces.iter().map(|name| self.names.get(*name))
    }

    /// Marketplaces that are known.
    pub fn marketplace_count(&self) -> u32 {
        self.marketplaces.len()
    }

    /// Whether a marketplace is known.
    pub fn knows_marketplace(&self, name: &str) -> bool {
        self.find_marketplace(name).is_some()
    }

    pub(super) fn find_marketplace(&self, name: &str) -> Option<u16> {
        self.directories.marketplaces.find(key("", name), |number| {
            self.marketplaces
                .get(number)
                .is_some_and(|known| self.names.is(*known, name))
        })
    }

    /// The subjects of a kind, in the order of their numbers.
    pub fn subjects(&self, kind: Kind) -> impl Iterator<Item = SubjectIx> + Clone + use<> {
        let count = match kind {
            Kind::Review => self.reviews.len(),
            Kind::Reviewer => self.reviewers.len(),
            Kind::Listing => self.listings.len(),
            Kind::Seller => self.sellers.len(),
        };
        (0..count).filter_map(move |number| SubjectIx::new(kind, number))
    }

    /// The row of a subject. A review, reviewer or listing is sought in its marketplace.
    pub fn find_subject(&self, subject: &Subject) -> Option<SubjectIx> {
        let (marketplace, id) = (subject.marketplace(), subject.id().as_str());
        Some(match subject.kind() {
            Kind::Review => SubjectIx::Review(self.find_review(marketplace, id)?),
            Kind::Reviewer => SubjectIx::Reviewer(self.find_reviewer(marketplace, id)?),
            Kind::Listing => SubjectIx::Listing(self.find_listing(marketplace, id)?),
            Kind::Seller => SubjectIx::Seller(self.find_seller(id)?),
        })
    }

    /// The row of a seller.
    pub fn find_seller(&self, id: &str) -> Option<SellerIx> {
        self.directories.sellers.find(key("", id), |row| {
            self.sellers
                .get(row)
                .is_some_and(|row| self.names.is(row.name, id))
        })
    }

    /// The row of a listing.
    pub fn find_listing(&self, marketplace: &str, id: &str) -> Option<ListingIx> {
        self.directories.listings.find(key(marketplace, id), |row| {
            let row = self.listings.get(row);
            row.is_some_and(|row| self.is_named(row.marketplace, row.name, marketplace, id))
        })
    }

    /// The row of an author.
    pub fn find_reviewer(&self, marketplace: &str, id: &str) -> Option<ReviewerIx> {
        self.directories
            .reviewers
            .find(key(marketplace, id), |row| {
                let row = self.reviewers.get(row);
                row.is_some_and(|row| self.is_named(row.marketplace, row.name, marketplace, id))
            })
    }

    /// The row of a review, also where only its removal has arrived.
    pub fn find_review(&self, marketplace: &str, id: &str) -> Option<ReviewIx> {
        self.directories.reviews.find(key(marketplace, id), |row| {
            let row = self.reviews.get(row);
            row.is_some_and(|row| self.is_named(row.marketplace, row.name, marketplace, id))
        })
    }

    /// The row of an order.
    pub(super) fn find_order(&self, marketplace: &str, id: &str) -> Option<OrderIx> {
        self.directories.orders.find(key(marketplace, id), |row| {
            let row = self.orders.get(row);
            row.is_some_and(|row| self.is_named(row.marketplace, row.name, marketplace, id))
        })
    }

    /// The newest verdict on a subject: by time, then by the verdict's id.
    pub fn find_verdict(&self, subject: &Subject) -> Option<&VerdictRow> {
        let mut newest: Option<&VerdictRow> = None;
        self.directories
            .verdict_subjects
            .find(subject_key(subject), |row| {
                let Some(verdict) = self.verdicts.get(row) else {
                    return false;
                };
                let marketplace = verdict
                    .subject_marketplace
                    .map_or("", |name| self.marketplace(name));
                let meant = verdict.subject_kind == subject.kind()
                    && marketplace == subject.marketplace()
                    && self.names.is(verdict.subject_name, subject.id().as_str());
                let rank = |verdict: &VerdictRow| (verdict.seconds, self.names.get(verdict.name));
                if meant && newest.is_none_or(|best| rank(best) < rank(verdict)) {
                    newest = Some(verdict);
                }
                // Go on: a subject may have several verdicts.
                false
            });
        newest
    }

    fn is_named(&self, number: u16, name: NameRef, marketplace: &str, id: &str) -> bool {
        let namespace = self.marketplaces.get(number);
        self.names.is(name, id) && namespace.is_some_and(|known| self.names.is(*known, marketplace))
    }
}
