//! Snapshots of listings and measures of brands.

use super::Full;
use super::prepare::{Fact, supersedes};
use crate::domain::{BrandSignal, Listing, ListingSnapshot, Time, limits};
use crate::state::brand::{SignalRow, SnapshotRow, kept, kept_count};
use crate::state::rows::{LogRef, NO_TIME};
use crate::state::{ListingIx, NO_COUNT, SignalIx, SnapshotIx, State, WordIx, key, snapshot_key};

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
        existing: Option<SnapshotIx>,
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
            next_in_listing: None,
            seconds,
            rank: snapshot.sales_rank.unwrap_or(NO_COUNT),
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
            let next = trade.first_snapshot.replace(row);
            self.snapshots.get_mut(row).ok_or(Full)?.next_in_listing = next;
        }
        self.mark_listing(listing);
        Ok(())
    }

    fn find_snapshot(&self, snapshot: &ListingSnapshot) -> Option<SnapshotIx> {
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
        existing: Option<SignalIx>,
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
            next_in_seller: None,
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
        let next = trade.first_signal.replace(row);
        self.brand_signals.get_mut(row).ok_or(Full)?.next_in_seller = next;
        self.mark_seller(seller);
        Ok(())
    }

    /// Takes a measure off its seller's list. Only a measure that changes pays for the walk.
    fn unlink_signal(&mut self, row: SignalIx) {
        let Some(signal) = self.brand_signals.get(row).copied() else {
            return;
        };
        let first = self.trade.sellers.get(signal.seller);
        let mut before = first.and_then(|seller| seller.first_signal);
        if before == Some(row) {
            if let Some(seller) = self.trade.sellers.get_mut(signal.seller) {
                seller.first_signal = signal.next_in_seller;
            }
        } else {
            while let Some(measure) = before.and_then(|at| self.brand_signals.get_mut(at)) {
                if measure.next_in_seller == Some(row) {
                    measure.next_in_seller = signal.next_in_seller;
                    break;
                }
                before = measure.next_in_seller;
            }
        }
        self.mark_seller(signal.seller);
    }

    /// Keeps the facts of a listing's page that brand progress rests on.
    pub(super) fn note_page(&mut self, row: ListingIx, listing: &Listing) -> Result<(), Full> {
        let brand = self.ensure_word(&listing.brand)?;
        let clock = self.watermark.map_or(NO_TIME, Time::seconds);
        let trade = self.trade.listings.get_mut(row).ok_or(Full)?;
        trade.brand = brand;
        trade.completeness = listing.completeness;
        if trade.content != 0 && trade.content != listing.content {
            trade.revised_seconds = clock;
        }
        trade.content = listing.content;
        trade.attributes = listing.attributes;
        Ok(())
    }

    /// The word of a brand or a metric; none for an empty text.
    fn ensure_word(&mut self, text: &str) -> Result<Option<WordIx>, Full> {
        // Brands may have 256 bytes, stored names have 255 at most.
        let text = limits::cut(text, 255);
        if text.is_empty() {
            return Ok(None);
        }
        if let Some(row) = self.find_word(text) {
            return Ok(Some(row));
        }
        let name = self.store_name(text)?;
        let row = self.trade.words.push(name).ok_or(Full)?;
        self.directories.words.insert(key("", text), row);
        Ok(Some(row))
    }
}
