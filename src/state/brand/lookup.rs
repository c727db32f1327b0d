//! Finding what brand progress rests on.

use super::{BuyerRow, ListingTrade, OrderRow, SignalRow, SnapshotRow};
use crate::state::rows::NONE;
use crate::state::{Column, State, key};

impl State {
    /// What is known of a listing for brand progress.
    pub fn listing_trade(&self, listing: u32) -> ListingTrade {
        self.trade
            .listings
            .get(listing)
            .copied()
            .unwrap_or_default()
    }

    /// A buyer.
    pub fn buyer(&self, row: u32) -> Option<&BuyerRow> {
        self.trade.buyers.get(row)
    }

    /// How many buyers are known.
    pub fn buyer_count(&self) -> u32 {
        self.trade.buyers.len()
    }

    /// The text of a brand or a metric; empty for [`NONE`].
    pub fn word(&self, word: u32) -> &str {
        let name = self.trade.words.get(word);
        name.map_or("", |name| self.names.get(*name))
    }

    /// The word of a brand or a metric, if it has been seen.
    pub fn find_word(&self, text: &str) -> Option<u32> {
        self.directories.words.find(key("", text), |row| {
            let held = self.trade.words.get(row);
            held.is_some_and(|held| self.names.get(*held) == text)
        })
    }

    /// The orders of a listing, in no promised order.
    pub fn orders_of_listing(&self, listing: u32) -> impl Iterator<Item = (u32, &OrderRow)> {
        let mut at = self.listing_trade(listing).first_order;
        std::iter::from_fn(move || {
            let (row, order) = (at, self.orders.get(at)?);
            at = order.next_in_listing;
            Some((row, order))
        })
    }

    /// The orders of a buyer, in no promised order.
    pub fn orders_of_buyer(&self, buyer: u32) -> impl Iterator<Item = (u32, &OrderRow)> {
        let mut at = self.buyer(buyer).map_or(NONE, |held| held.first_order);
        std::iter::from_fn(move || {
            let (row, order) = (at, self.orders.get(at)?);
            at = order.next_in_buyer;
            Some((row, order))
        })
    }

    /// The snapshots of a listing, in no promised order.
    pub fn snapshots_of_listing(&self, listing: u32) -> impl Iterator<Item = &SnapshotRow> {
        let mut at = self.listing_trade(listing).first_snapshot;
        std::iter::from_fn(move || {
            let snapshot = self.snapshots.get(at)?;
            at = snapshot.next_in_listing;
            Some(snapshot)
        })
    }

    /// The brand measures of a seller, in no promised order.
    pub fn signals_of_seller(&self, seller: u32) -> impl Iterator<Item = &SignalRow> {
        let mut at = self
            .trade
            .sellers
            .get(seller)
            .map_or(NONE, |held| held.first_signal);
        std::iter::from_fn(move || {
            let signal = self.brand_signals.get(at)?;
            at = signal.next_in_seller;
            Some(signal)
        })
    }

    /// All orders.
    pub const fn orders(&self) -> &Column<OrderRow> {
        &self.orders
    }

    /// The author of reviews whose pseudonym a buyer has.
    pub fn reviewer_of_buyer(&self, buyer: u32) -> Option<u32> {
        let hash = self.buyer(buyer)?.hash;
        self.directories.reviewers.find(hash, |row| {
            let held = self.reviewers.get(row);
            held.is_some_and(|held| {
                let marketplace = self.marketplace(held.marketplace);
                key(marketplace, self.names.get(held.name)) == hash
            })
        })
    }

    /// The buyer with the same id as a reviewer.
    pub fn buyer_of_reviewer(&self, reviewer: u32) -> Option<u32> {
        let held = self.reviewers.get(reviewer)?;
        let marketplace = self.marketplace(held.marketplace);
        self.find_buyer(key(marketplace, self.names.get(held.name)))
    }

    pub(in crate::state) fn find_buyer(&self, hash: u64) -> Option<u32> {
        self.directories.buyers.find(hash, |row| {
            let held = self.trade.buyers.get(row);
            held.is_some_and(|held| held.hash == hash)
        })
    }
}
