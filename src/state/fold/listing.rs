//! Sellers, listings and peer groups.

use std::sync::Arc;

use super::prepare::{Fact, supersedes};
use super::{Full, some};
use crate::domain::{Fulfilment, Listing, Seller, Time, limits};
use crate::state::baseline::{ListingBins, Rhythms};
use crate::state::brand::{ListingTrade, SellerTrade};
use crate::state::rows::{About, GroupRow, ListingRow, LogRef, NONE, SellerRow, Tally};
use crate::state::{State, key};

impl State {
    pub(super) fn prepare_seller<'a>(&self, seller: &'a Seller, revision: u16) -> Option<Fact<'a>> {
        let existing = self.find_seller(seller.id.as_str());
        let row = existing.and_then(|row| self.sellers.get(row));
        let known = row.filter(|row| row.arrived).map(|row| row.revision);
        supersedes(revision, known).then_some(Fact::Seller { seller, existing })
    }

    pub(super) fn commit_seller(
        &mut self,
        seller: &Seller,
        existing: Option<u32>,
        revision: u16,
        log: LogRef,
    ) -> Result<(), Full> {
        let row = match existing {
            Some(row) => row,
            None => self.add_seller(seller.id.as_str())?,
        };
        let target = self.sellers.get_mut(row).ok_or(Full)?;
        target.arrived = true;
        target.revision = revision;
        target.log = Some(log);
        self.mark_seller(row);
        Ok(())
    }

    pub(super) fn prepare_listing<'a>(
        &self,
        listing: &'a Listing,
        revision: u16,
    ) -> Option<Fact<'a>> {
        let existing = self.find_listing(listing.marketplace.as_str(), listing.id.as_str());
        let row = existing.and_then(|row| self.listings.get(row));
        let known = row.filter(|row| row.arrived).map(|row| row.revision);
        supersedes(revision, known).then_some(Fact::Listing { listing, existing })
    }

    pub(super) fn commit_listing(
        &mut self,
        listing: &Listing,
        existing: Option<u32>,
        revision: u16,
        log: LogRef,
    ) -> Result<(), Full> {
        let row = match existing {
            Some(row) => row,
            None => self.add_listing(listing.marketplace.as_str(), listing.id.as_str())?,
        };
        let marketplace = self.listings.get(row).ok_or(Full)?.marketplace;
        let seller = match &listing.seller {
            Some(seller) => self.ensure_seller(seller.as_str())?,
            None => NONE,
        };
        let category = listing.category_path.first().map_or("", String::as_str);
        let group = self.ensure_group(marketplace, listing.marketplace.as_str(), category)?;
        self.touch_listing(row);
        self.mark_listing(row);
        self.move_to_seller(row, seller);
        self.mark_seller(seller);
        self.note_page(row, listing)?;
        let created_seconds = listing.created.map_or(NONE, Time::seconds);
        let peers_change = self
            .listings
            .get(row)
            .is_some_and(|known| known.group != group || known.created_seconds != created_seconds);
        if peers_change {
            self.count_marks_of_listing(row, u32::wrapping_sub);
        }
        let target = self.listings.get_mut(row).ok_or(Full)?;
        target.arrived = true;
        target.revision = revision;
        target.seller = seller;
        target.group = group;
        let about = About::of(listing);
        if about.is_another_than(&target.about) {
            target.turned = Some(log);
        }
        target.about = about;
        target.created_seconds = created_seconds;
        target.price = listing.price;
        target.destination = listing.destination;
        target.fulfilment = listing.fulfilment;
        target.log = Some(log);
        if peers_change {
            self.count_marks_of_listing(row, u32::wrapping_add);
        }
        Ok(())
    }

    /// Moves what a listing counts from its old seller to the new one.
    fn move_to_seller(&mut self, listing: u32, seller: u32) {
        let Some(held) = self.listings.get(listing) else {
            return;
        };
        let (old, tally) = (held.seller, held.tally);
        if old == seller {
            return;
        }
        if let Some(row) = some(old).and_then(|row| self.sellers.get_mut(row)) {
            row.listings = row.listings.wrapping_sub(1);
            row.tally.combine(&tally, u32::wrapping_sub);
        }
        self.unlink_listing(listing, old);
        let mut next = NONE;
        if let Some(row) = some(seller).and_then(|row| self.sellers.get_mut(row)) {
            row.listings = row.listings.wrapping_add(1);
            row.tally.combine(&tally, u32::wrapping_add);
            next = std::mem::replace(&mut row.first_listing, listing);
        }
        if let Some(held) = self.listings.get_mut(listing) {
            held.next_in_seller = next;
        }
    }

    /// Takes a listing off its seller's list; one that changes hands pays for the walk.
    fn unlink_listing(&mut self, listing: u32, seller: u32) {
        let next = self
            .listings
            .get(listing)
            .map_or(NONE, |held| held.next_in_seller);
        let before = self.listings_of_seller(seller).find(|row| {
            let held = self.listings.get(*row);
            held.is_some_and(|held| held.next_in_seller == listing)
        });
        if let Some(before) = before.and_then(|row| self.listings.get_mut(row)) {
            before.next_in_seller = next;
        } else if let Some(held) = self.sellers.get_mut(seller) {
            held.first_listing = next;
        }
    }

    /// Changes the counts of a listing, and of its seller with it.
    pub(super) fn with_tallies(&mut self, listing: u32, change: impl Fn(&mut Tally)) {
        self.touch_listing(listing);
        let Some(held) = self.listings.get_mut(listing) else {
            return;
        };
        change(&mut held.tally);
        let seller = held.seller;
        let number = self.event_count + 1;
        if let Some(row) = some(seller).and_then(|row| self.sellers.get_mut(row)) {
            change(&mut row.tally);
            row.changed = number;
        }
    }

    pub(super) fn ensure_seller(&mut self, id: &str) -> Result<u32, Full> {
        match self.find_seller(id) {
            Some(row) => Ok(row),
            None => self.add_seller(id),
        }
    }

    /// A placeholder until the seller's own event arrives.
    fn add_seller(&mut self, id: &str) -> Result<u32, Full> {
        let name = self.store_name(id)?;
        let fresh = SellerRow {
            name,
            revision: 0,
            arrived: false,
            log: None,
            listings: 0,
            first_listing: NONE,
            tally: Tally::default(),
            changed: 0,
        };
        let row = self.sellers.push(fresh).ok_or(Full)?;
        self.trade
            .sellers
            .push(SellerTrade::default())
            .ok_or(Full)?;
        self.directories.sellers.insert(key("", id), row);
        Ok(row)
    }

    pub(super) fn ensure_listing(&mut self, marketplace: &str, id: &str) -> Result<u32, Full> {
        match self.find_listing(marketplace, id) {
            Some(row) => Ok(row),
            None => self.add_listing(marketplace, id),
        }
    }

    /// A placeholder until the listing's own event arrives.
    fn add_listing(&mut self, marketplace: &str, id: &str) -> Result<u32, Full> {
        let number = self.ensure_marketplace(marketplace)?;
        let group = self.ensure_group(number, marketplace, "")?;
        let name = self.store_name(id)?;
        let fresh = ListingRow {
            name,
            marketplace: number,
            revision: 0,
            arrived: false,
            seller: NONE,
            next_in_seller: NONE,
            group,
            first_review: NONE,
            created_seconds: NONE,
            about: About::default(),
            turned: None,
            price: None,
            destination: None,
            fulfilment: Fulfilment::Unspecified,
            log: None,
            tally: Tally::default(),
            days: Arc::default(),
            rhythms: Rhythms::default(),
            bins: ListingBins::default(),
        };
        let row = self.listings.push(fresh).ok_or(Full)?;
        self.trade
            .listings
            .push(ListingTrade::default())
            .ok_or(Full)?;
        self.directories.listings.insert(key(marketplace, id), row);
        Ok(row)
    }

    fn ensure_group(
        &mut self,
        number: u16,
        marketplace: &str,
        category: &str,
    ) -> Result<u32, Full> {
        // Category names may have 256 bytes, stored names have 255 at most.
        let category = limits::cut(category, 255);
        let hash = key(marketplace, category);
        let found = self.directories.groups.find(hash, |row| {
            self.groups.get(row).is_some_and(|group| {
                let held = group.category.map_or("", |name| self.names.get(name));
                group.marketplace == number && held == category
            })
        });
        if let Some(row) = found {
            return Ok(row);
        }
        let name = if category.is_empty() {
            None
        } else {
            Some(self.store_name(category)?)
        };
        let row = self
            .groups
            .push(GroupRow {
                marketplace: number,
                category: name,
            })
            .ok_or(Full)?;
        self.directories.groups.insert(hash, row);
        Ok(row)
    }
}
