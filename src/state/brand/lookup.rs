//! Finding the facts that brand progress rests on.

use super::{BuyerRow, ListingTrade, OrderRow, SignalRow, SnapshotRow};
use crate::state::{BuyerIx, Column, ListingIx, OrderIx, ReviewerIx, SellerIx, State, WordIx, key};

impl State {
    /// The facts of a listing for brand progress.
    pub fn listing_trade(&self, listing: ListingIx) -> ListingTrade {
        self.trade
            .listings
            .get(listing)
            .copied()
            .unwrap_or_default()
    }

    /// A buyer.
    pub fn buyer(&self, row: BuyerIx) -> Option<&BuyerRow> {
        self.trade.buyers.get(row)
    }

    /// How many buyers are known.
    pub fn buyer_count(&self) -> u32 {
        self.trade.buyers.len()
    }

    /// The text of a brand or a metric; empty for none.
    pub fn word(&self, word: Option<WordIx>) -> &str {
        let name = word.and_then(|word| self.trade.words.get(word));
        name.map_or("", |name| self.names.get(*name))
    }

    /// The word of a brand or a metric, if it has been seen.
    pub fn find_word(&self, text: &str) -> Option<WordIx> {
        self.directories.words.find(key("", text), |row| {
            let name = self.trade.words.get(row);
            name.is_some_and(|name| self.names.get(*name) == text)
        })
    }

    /// The orders of a listing, in no promised order.
    pub fn orders_of_listing(
        &self,
        listing: ListingIx,
    ) -> impl Iterator<Item = (OrderIx, &OrderRow)> {
        let first = self.listing_trade(listing).first_order;
        self.follow_orders(first, |order| order.next_in_listing)
    }

    /// The orders of a buyer, in no promised order.
    pub fn orders_of_buyer(&self, buyer: BuyerIx) -> impl Iterator<Item = (OrderIx, &OrderRow)> {
        let first = self.buyer(buyer).and_then(|buyer| buyer.first_order);
        self.follow_orders(first, |order| order.next_in_buyer)
    }

    fn follow_orders(
        &self,
        first: Option<OrderIx>,
        next: impl Fn(&OrderRow) -> Option<OrderIx>,
    ) -> impl Iterator<Item = (OrderIx, &OrderRow)> {
        let mut at = first;
        std::iter::from_fn(move || {
            let row = at?;
            let order = self.orders.get(row)?;
            at = next(order);
            Some((row, order))
        })
    }

    /// The snapshots of a listing, in no promised order.
    pub fn snapshots_of_listing(&self, listing: ListingIx) -> impl Iterator<Item = &SnapshotRow> {
        let first = self.listing_trade(listing).first_snapshot;
        std::iter::successors(first.and_then(|row| self.snapshots.get(row)), |snapshot| {
            self.snapshots.get(snapshot.next_in_listing?)
        })
    }

    /// The brand measures of a seller, in no promised order.
    pub fn signals_of_seller(&self, seller: SellerIx) -> impl Iterator<Item = &SignalRow> {
        let trade = self.trade.sellers.get(seller);
        let first = trade.and_then(|trade| self.brand_signals.get(trade.first_signal?));
        std::iter::successors(first, |signal| {
            self.brand_signals.get(signal.next_in_seller?)
        })
    }

    /// All orders.
    pub const fn orders(&self) -> &Column<OrderIx, OrderRow> {
        &self.orders
    }

    /// The author of reviews whose pseudonym a buyer has.
    pub fn reviewer_of_buyer(&self, buyer: BuyerIx) -> Option<ReviewerIx> {
        let hash = self.buyer(buyer)?.hash;
        self.directories.reviewers.find(hash, |row| {
            self.reviewers.get(row).is_some_and(|reviewer| {
                let marketplace = self.marketplace(reviewer.marketplace);
                key(marketplace, self.names.get(reviewer.name)) == hash
            })
        })
    }

    /// The buyer with the same id as a reviewer.
    pub fn buyer_of_reviewer(&self, reviewer: ReviewerIx) -> Option<BuyerIx> {
        let reviewer = self.reviewers.get(reviewer)?;
        let marketplace = self.marketplace(reviewer.marketplace);
        self.find_buyer(key(marketplace, self.names.get(reviewer.name)))
    }

    pub(in crate::state) fn find_buyer(&self, hash: u64) -> Option<BuyerIx> {
        self.directories.buyers.find(hash, |row| {
            let buyer = self.trade.buyers.get(row);
            buyer.is_some_and(|buyer| buyer.hash == hash)
        })
    }
}
