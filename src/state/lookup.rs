//! Finding things in a state.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::rows::{GroupRow, ListingRow, NONE, ReviewRow, ReviewerRow, SellerRow, VerdictRow};
use super::{Column, NameRef, State};
use crate::domain::{Subject, Time};

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
            .get(number.into())
            .map_or("", |name| self.names.get(*name))
    }

    /// All reviews.
    pub const fn reviews(&self) -> &Column<ReviewRow> {
        &self.reviews
    }

    /// All authors.
    pub const fn reviewers(&self) -> &Column<ReviewerRow> {
        &self.reviewers
    }

    /// All listings.
    pub const fn listings(&self) -> &Column<ListingRow> {
        &self.listings
    }

    /// All sellers.
    pub const fn sellers(&self) -> &Column<SellerRow> {
        &self.sellers
    }

    /// All peer groups.
    pub const fn groups(&self) -> &Column<GroupRow> {
        &self.groups
    }

    /// All verdicts, those on erased authors included, which say nothing.
    pub const fn verdicts(&self) -> &Column<VerdictRow> {
        &self.verdicts
    }

    /// How many orders are known.
    pub fn order_count(&self) -> u32 {
        self.orders.len()
    }

    /// The reviews of a listing, in no promised order.
    pub fn reviews_of_listing(&self, listing: u32) -> impl Iterator<Item = (u32, &ReviewRow)> {
        let first = self
            .listings
            .get(listing)
            .map_or(NONE, |row| row.first_review);
        self.follow(first, |row| row.next_in_listing)
    }

    /// The reviews of an author, in no promised order.
    pub fn reviews_of_reviewer(&self, reviewer: u32) -> impl Iterator<Item = (u32, &ReviewRow)> {
        let first = self
            .reviewers
            .get(reviewer)
            .map_or(NONE, |row| row.first_review);
        self.follow(first, |row| row.next_in_reviewer)
    }

    /// The listings of a seller, in no promised order.
    pub fn listings_of_seller(&self, seller: u32) -> impl Iterator<Item = u32> {
        let held = self.sellers.get(seller);
        let mut at = held.map_or(NONE, |held| held.first_listing);
        std::iter::from_fn(move || {
            let row = at;
            at = self.listings.get(row)?.next_in_seller;
            Some(row)
        })
    }

    fn follow(
        &self,
        first: u32,
        next: impl Fn(&ReviewRow) -> u32,
    ) -> impl Iterator<Item = (u32, &ReviewRow)> {
        let mut at = first;
        std::iter::from_fn(move || {
            let row = at;
            let review = self.reviews.get(row)?;
            at = next(review);
            Some((row, review))
        })
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
        let found = self.directories.marketplaces.find(key("", name), |row| {
            self.marketplaces
                .get(row)
                .is_some_and(|held| self.names.is(*held, name))
        });
        found.and_then(|row| u16::try_from(row).ok())
    }

    /// The row of a seller.
    pub fn find_seller(&self, id: &str) -> Option<u32> {
        self.directories.sellers.find(key("", id), |row| {
            self.sellers
                .get(row)
                .is_some_and(|held| self.names.is(held.name, id))
        })
    }

    /// The row of a listing.
    pub fn find_listing(&self, marketplace: &str, id: &str) -> Option<u32> {
        self.directories.listings.find(key(marketplace, id), |row| {
            let held = self.listings.get(row);
            held.is_some_and(|held| self.is_named(held.marketplace, held.name, marketplace, id))
        })
    }

    /// The row of an author.
    pub fn find_reviewer(&self, marketplace: &str, id: &str) -> Option<u32> {
        self.directories
            .reviewers
            .find(key(marketplace, id), |row| {
                let held = self.reviewers.get(row);
                held.is_some_and(|held| self.is_named(held.marketplace, held.name, marketplace, id))
            })
    }

    /// The row of a review, also where only its removal has arrived.
    pub fn find_review(&self, marketplace: &str, id: &str) -> Option<u32> {
        self.directories.reviews.find(key(marketplace, id), |row| {
            let held = self.reviews.get(row);
            held.is_some_and(|held| self.is_named(held.marketplace, held.name, marketplace, id))
        })
    }

    /// The row of an order.
    pub(super) fn find_order(&self, marketplace: &str, id: &str) -> Option<u32> {
        self.directories.orders.find(key(marketplace, id), |row| {
            let held = self.orders.get(row);
            held.is_some_and(|held| self.is_named(held.marketplace, held.name, marketplace, id))
        })
    }

    /// The newest verdict on a subject: by time, then by the verdict's id.
    pub fn find_verdict(&self, subject: &Subject) -> Option<&VerdictRow> {
        let mut newest: Option<&VerdictRow> = None;
        self.directories
            .verdict_subjects
            .find(subject_key(subject), |row| {
                let Some(held) = self.verdicts.get(row) else {
                    return false;
                };
                let marketplace = held
                    .subject_marketplace
                    .map_or("", |name| self.marketplace(name));
                let meant = held.subject_kind == subject.kind()
                    && marketplace == subject.marketplace()
                    && self.names.is(held.subject_name, subject.id().as_str());
                let rank = |verdict: &VerdictRow| (verdict.seconds, self.names.get(verdict.name));
                if meant && newest.is_none_or(|best| rank(best) < rank(held)) {
                    newest = Some(held);
                }
                // Go on: a subject may have several verdicts.
                false
            });
        newest
    }

    fn is_named(&self, number: u16, name: NameRef, marketplace: &str, id: &str) -> bool {
        let namespace = self.marketplaces.get(number.into());
        self.names.is(name, id) && namespace.is_some_and(|held| self.names.is(*held, marketplace))
    }
}
