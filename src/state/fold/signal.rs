//! Snapshots of listings and measures of brands.

use super::Full;
use super::prepare::{Fact, supersedes};
use crate::domain::{BrandSignal, Listing, ListingSnapshot, limits};
use crate::state::brand::{SignalRow, SnapshotRow, kept, kept_count};
use crate::state::rows::{LogRef, NONE};
use crate::state::{State, key, snapshot_key};

impl State {
    pub(super) fn prepare_snapshot<'a>(
        &self,
        snapshot: &'a ListingSnapshot,
        revision: u16,
    ) -> Option<Fact<'a>> {
        let existing = self.find_snapshot(snapshot);
        let row = existing.and_then(|row| self.snapshots.get(row));
        supersedes(revision, row.map(|row| row.revision))
            .then_some(Fact::Snapshot { snapshot, existing })
    }

    pub(super) fn commit_snapshot(
        &mut self,
        snapshot: &ListingSnapshot,
        existing: Option<u32>,
        revision: u16,
    ) -> Result<(), Full> {
        let (marketplace, id) = (snapshot.marketplace.as_str(), snapshot.listing.as_str());
        let listing = self.ensure_listing(marketplace, id)?;
        let seconds = snapshot.time.seconds();
        let (price, price_currency) = kept(snapshot.price);
        let (ad_spend, ad_currency) = kept(snapshot.ad_spend);
        let fresh = SnapshotRow {
            price,
            ad_spend,
            listing,
            next_in_listing: NONE,
            seconds,
            rank: snapshot.sales_rank.unwrap_or(NONE),
            units: kept_count(snapshot.units),
            sessions: kept_count(snapshot.sessions),
            returns: kept_count(snapshot.returns),
            revision,
            price_currency,
            ad_currency,
        };
        if let Some(target) = existing.and_then(|row| self.snapshots.get_mut(row)) {
            // Listing and time are its identity: it keeps its place in the listing's list.
            *target = SnapshotRow {
                next_in_listing: target.next_in_listing,
                ..fresh
            };
        } else {
            let row = self.snapshots.push(fresh).ok_or(Full)?;
            let hash = snapshot_key(marketplace, id, seconds);
            self.directories.snapshots.insert(hash, row);
            let trade = self.trade.listings.get_mut(listing).ok_or(Full)?;
            let next = std::mem::replace(&mut trade.first_snapshot, row);
            self.snapshots.get_mut(row).ok_or(Full)?.next_in_listing = next;
        }
        self.mark_listing(listing);
        Ok(())
    }

    fn find_snapshot(&self, snapshot: &ListingSnapshot) -> Option<u32> {
        let (marketplace, id) = (snapshot.marketplace.as_str(), snapshot.listing.as_str());
        let seconds = snapshot.time.seconds();
        let listing = self.find_listing(marketplace, id)?;
        let hash = snapshot_key(marketplace, id, seconds);
        self.directories.snapshots.find(hash, |row| {
            self.snapshots
                .get(row)
                .is_some_and(|row| row.listing == listing && row.seconds == seconds)
        })
    }

    pub(super) fn prepare_brand_signal<'a>(
        &self,
        signal: &'a BrandSignal,
        revision: u16,
    ) -> Option<Fact<'a>> {
        let id = signal.id.as_str();
        let existing = self.directories.brand_signals.find(key("", id), |row| {
            self.brand_signals
                .get(row)
                .is_some_and(|row| self.names.is(row.name, id))
        });
        let row = existing.and_then(|row| self.brand_signals.get(row));
        supersedes(revision, row.map(|row| row.revision))
            .then_some(Fact::BrandSignal { signal, existing })
    }

    pub(super) fn commit_brand_signal(
        &mut self,
        signal: &BrandSignal,
        existing: Option<u32>,
        revision: u16,
        log: LogRef,
    ) -> Result<(), Full> {
        let id = signal.id.as_str();
        let seller = self.ensure_seller(signal.seller.as_str())?;
        let fresh = SignalRow {
            value: signal.value,
            name: match existing.and_then(|row| self.brand_signals.get(row)) {
                Some(known) => known.name,
                None => self.store_name(id)?,
            },
            seller,
            next_in_seller: NONE,
            brand: self.ensure_word(&signal.brand)?,
            metric: self.ensure_word(signal.metric.as_str())?,
            start: signal.start.seconds(),
            end: signal.end.seconds(),
            revision,
            market: signal.market,
            channel: signal.channel,
            provenance: signal.provenance,
            log,
        };
        let row = if let Some(row) = existing {
            self.unlink_signal(row);
            if let Some(target) = self.brand_signals.get_mut(row) {
                *target = fresh;
            }
            row
        } else {
            let row = self.brand_signals.push(fresh).ok_or(Full)?;
            self.directories.brand_signals.insert(key("", id), row);
            row
        };
        let trade = self.trade.sellers.get_mut(seller).ok_or(Full)?;
        let next = std::mem::replace(&mut trade.first_signal, row);
        self.brand_signals.get_mut(row).ok_or(Full)?.next_in_seller = next;
        self.mark_seller(seller);
        Ok(())
    }

    /// Takes a measure off its seller's list; one that changes pays for the walk.
    fn unlink_signal(&mut self, row: u32) {
        let Some(signal) = self.brand_signals.get(row).copied() else {
            return;
        };
        let mut at = self
            .trade
            .sellers
            .get(signal.seller)
            .map_or(NONE, |held| held.first_signal);
        if at == row {
            if let Some(held) = self.trade.sellers.get_mut(signal.seller) {
                held.first_signal = signal.next_in_seller;
            }
        } else {
            while let Some(held) = self.brand_signals.get(at) {
                let next = held.next_in_seller;
                if next == row {
                    if let Some(before) = self.brand_signals.get_mut(at) {
                        before.next_in_seller = signal.next_in_seller;
                    }
                    break;
                }
                at = next;
            }
        }
        self.mark_seller(signal.seller);
    }

    /// Takes in what a listing's event says of its page.
    pub(super) fn note_page(&mut self, row: u32, listing: &Listing) -> Result<(), Full> {
        let brand = self.ensure_word(&listing.brand)?;
        let clock = self.watermark.map_or(NONE, crate::domain::Time::seconds);
        let held = self.trade.listings.get_mut(row).ok_or(Full)?;
        held.brand = brand;
        held.completeness = listing.completeness;
        if held.content != 0 && held.content != listing.content {
            held.revised_seconds = clock;
        }
        held.content = listing.content;
        held.attributes = listing.attributes;
        Ok(())
    }

    /// The word of a brand or a metric; none for an empty text.
    fn ensure_word(&mut self, text: &str) -> Result<u32, Full> {
        // Brands may have 256 bytes, stored names have 255 at most.
        let text = limits::cut(text, 255);
        if text.is_empty() {
            return Ok(NONE);
        }
        if let Some(row) = self.find_word(text) {
            return Ok(row);
        }
        let name = self.store_name(text)?;
        let row = self.trade.words.push(name).ok_or(Full)?;
        self.directories.words.insert(key("", text), row);
        Ok(row)
    }
}
