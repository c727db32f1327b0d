//! Whether an event would change anything, without applying it.

use crate::domain::{Event, Payload};
use crate::state::{State, key, snapshot_key};

impl State {
    /// Whether [`State::apply`] would apply the event: it is not known, or newer than what is.
    pub fn is_news(&self, event: &Event) -> bool {
        self.held_revision(&event.payload)
            .is_none_or(|held| event.revision > held)
    }

    /// The revision that is known of a fact.
    fn held_revision(&self, payload: &Payload) -> Option<u16> {
        match payload {
            Payload::Seller(seller) => {
                let held = self.sellers.get(self.find_seller(seller.id.as_str())?)?;
                held.arrived.then_some(held.revision)
            }
            Payload::Listing(listing) => {
                let row = self.find_listing(listing.marketplace.as_str(), listing.id.as_str())?;
                let held = self.listings.get(row)?;
                held.arrived.then_some(held.revision)
            }
            Payload::ListingSnapshot(snapshot) => {
                let (marketplace, listing_id) =
                    (snapshot.marketplace.as_str(), snapshot.listing.as_str());
                let seconds = snapshot.time.seconds();
                let listing = self.find_listing(marketplace, listing_id)?;
                let hash = snapshot_key(marketplace, listing_id, seconds);
                let row = self.find_snapshot(hash, listing, seconds)?;
                Some(self.snapshots.get(row)?.revision)
            }
            Payload::Review(review) => {
                let row = self.find_review(review.marketplace.as_str(), review.id.as_str())?;
                let held = self.reviews.get(row)?;
                (held.arrived() || held.erased()).then_some(held.revision)
            }
            Payload::ReviewRemoval(removal) => {
                let row =
                    self.find_review(removal.marketplace.as_str(), removal.review.as_str())?;
                let held = self.reviews.get(row)?;
                held.removed.map(|_| held.removal_revision)
            }
            Payload::Order(order) => {
                let row = self.find_order(order.marketplace.as_str(), order.id.as_str())?;
                Some(self.orders.get(row)?.revision)
            }
            Payload::BrandSignal(signal) => {
                let row = self.find_brand_signal(signal.id.as_str())?;
                Some(self.brand_signals.get(row)?.revision)
            }
            Payload::Verdict(verdict) => {
                let row = self.find_verdict_by_id(verdict.id.as_str())?;
                Some(self.verdicts.get(row)?.revision)
            }
            // Only the log has them, and what it has was news.
            Payload::Tombstone(_) => None,
        }
    }

    pub(super) fn find_brand_signal(&self, id: &str) -> Option<u32> {
        self.directories.brand_signals.find(key("", id), |row| {
            let held = self.brand_signals.get(row);
            held.is_some_and(|held| self.names.is(held.name, id))
        })
    }

    pub(super) fn find_verdict_by_id(&self, id: &str) -> Option<u32> {
        self.directories.verdicts.find(key("", id), |row| {
            let held = self.verdicts.get(row);
            held.is_some_and(|held| self.names.is(held.name, id))
        })
    }
}
