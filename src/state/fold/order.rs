//! Orders and their buyers.

use super::Full;
use super::prepare::{Fact, supersedes};
use crate::domain::Order;
use crate::state::brand::{BuyerRow, OrderRow, kept};
use crate::state::rows::{Known, Tally};
use crate::state::{BuyerIx, ListingIx, OrderIx, SellerIx, State, key};

impl State {
    pub(super) fn prepare_order<'a>(&self, order: &'a Order, revision: u16) -> Option<Fact<'a>> {
        let existing = self.find_order(order.marketplace.as_str(), order.id.as_str());
        let row = existing.and_then(|row| self.orders.get(row));
        supersedes(revision, row.map(|row| row.revision)).then_some(Fact::Order { order, existing })
    }

    pub(super) fn commit_order(
        &mut self,
        order: &Order,
        existing: Option<OrderIx>,
        revision: u16,
    ) -> Result<(), Full> {
        let marketplace = order.marketplace.as_str();
        let listing = self.ensure_listing(marketplace, order.listing.as_str())?;
        let number = self.ensure_marketplace(marketplace)?;
        let buyer = match &order.buyer {
            Some(buyer) => Some(self.ensure_buyer(marketplace, buyer.as_str())?),
            None => None,
        };
        let name = match existing.and_then(|row| self.orders.get(row)) {
            Some(known) => known.name,
            None => self.store_name(order.id.as_str())?,
        };
        let (price, currency) = kept(order.price);
        let fresh = OrderRow {
            price,
            name,
            listing,
            buyer,
            next_in_listing: None,
            next_in_buyer: None,
            seconds: order.time.seconds(),
            quantity: order.quantity,
            revision,
            marketplace: number,
            currency,
            destination: order.destination,
            refunded: Known::from(order.refunded),
            delivered: Known::from(order.delivered),
            promotion: Known::from(order.promotion),
        };
        let row = if let Some(row) = existing {
            self.unlink_order(row);
            if let Some(target) = self.orders.get_mut(row) {
                *target = fresh;
            }
            row
        } else {
            let row = self.orders.push(fresh).ok_or(Full)?;
            self.directories
                .orders
                .insert(key(marketplace, order.id.as_str()), row);
            row
        };
        self.link_order(row);
        Ok(())
    }

    /// Puts an order into the lists of its listing and its buyer, and counts it.
    fn link_order(&mut self, row: OrderIx) {
        let Some(order) = self.orders.get(row).copied() else {
            return;
        };
        self.count_order(&order, u32::wrapping_add);
        // The seller of its earlier orders may no longer be this buyer's only one.
        self.mark_first_seller(order.buyer);
        let listing = self.trade.listings.get_mut(order.listing);
        let after_in_listing = listing.and_then(|listing| listing.first_order.replace(row));
        let buyer = order.buyer.and_then(|row| self.trade.buyers.get_mut(row));
        let after_in_buyer = buyer.and_then(|buyer| {
            buyer.orders += 1;
            buyer.first_order.replace(row)
        });
        if let Some(target) = self.orders.get_mut(row) {
            target.next_in_listing = after_in_listing;
            target.next_in_buyer = after_in_buyer;
        }
    }

    /// Takes an order off the lists of its listing and its buyer, and counts it out. Only an order
    /// that changes pays for the walk.
    fn unlink_order(&mut self, row: OrderIx) {
        let Some(order) = self.orders.get(row).copied() else {
            return;
        };
        self.count_order(&order, u32::wrapping_sub);
        let before = self
            .orders_of_listing(order.listing)
            .find(|(_, before)| before.next_in_listing == Some(row))
            .map(|(before, _)| before);
        if let Some(before) = before.and_then(|before| self.orders.get_mut(before)) {
            before.next_in_listing = order.next_in_listing;
        } else if let Some(listing) = self.trade.listings.get_mut(order.listing) {
            listing.first_order = order.next_in_listing;
        }
        if let Some(buyer) = order.buyer {
            self.unlink_from_buyer(row, &order, buyer);
        }
        self.mark_first_seller(order.buyer);
    }

    fn unlink_from_buyer(&mut self, row: OrderIx, order: &OrderRow, buyer: BuyerIx) {
        let before = self
            .orders_of_buyer(buyer)
            .find(|(_, before)| before.next_in_buyer == Some(row))
            .map(|(before, _)| before);
        let Some(buyer) = self.trade.buyers.get_mut(buyer) else {
            return;
        };
        buyer.orders = buyer.orders.wrapping_sub(1);
        if let Some(before) = before.and_then(|before| self.orders.get_mut(before)) {
            before.next_in_buyer = order.next_in_buyer;
        } else {
            buyer.first_order = order.next_in_buyer;
        }
    }

    fn count_order(&mut self, order: &OrderRow, step: fn(u32, u32) -> u32) {
        let refunded = u32::from(order.refunded == Known::Yes);
        let count = |tally: &mut Tally| {
            tally.orders = step(tally.orders, 1);
            tally.refunded = step(tally.refunded, refunded);
        };
        self.with_tallies(order.listing, count, count);
    }

    /// Marks the seller of a buyer's first order in its list. Where all of the buyer's orders go to
    /// one seller, this is that seller; where they do not, another one more changes nothing.
    fn mark_first_seller(&mut self, buyer: Option<BuyerIx>) {
        let first = buyer.and_then(|buyer| self.buyer(buyer)?.first_order);
        let order = first.and_then(|order| self.orders.get(order));
        if let Some(listing) = order.map(|order| order.listing) {
            self.mark_listing(listing);
        }
    }

    fn ensure_buyer(&mut self, marketplace: &str, id: &str) -> Result<BuyerIx, Full> {
        let hash = key(marketplace, id);
        if let Some(row) = self.find_buyer(hash) {
            return Ok(row);
        }
        let fresh = BuyerRow {
            hash,
            orders: 0,
            first_order: None,
        };
        let row = self.trade.buyers.push(fresh).ok_or(Full)?;
        self.directories.buyers.insert(hash, row);
        Ok(row)
    }

    /// Notes that the brand progress of a listing's seller may have moved.
    pub(super) fn mark_listing(&mut self, listing: ListingIx) {
        if let Some(seller) = self.listings.get(listing).and_then(|row| row.seller) {
            self.mark_seller(seller);
        }
    }

    /// Notes that a seller's brand progress may have moved.
    pub(super) fn mark_seller(&mut self, seller: SellerIx) {
        let number = self.event_count + 1;
        if let Some(seller) = self.sellers.get_mut(seller) {
            seller.changed = number;
        }
    }
}
