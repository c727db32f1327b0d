//! Sellers, listings and peer groups.

use std::sync::Arc;

use super::Full;
use super::prepare::{Fact, supersedes};
use crate::domain::{Fulfilment, Listing, Seller, Time, limits};
use crate::state::baseline::{ListingBins, Rhythms};
use crate::state::brand::{ListingTrade, SellerTrade};
use crate::state::rows::{
    Copied, GroupRow, ListingFingerprint, ListingRow, LogRef, NO_TIME, SellerRow, Tally,
};
use crate::state::{GroupIx, ListingIx, SellerIx, State, key};

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
        existing: Option<SellerIx>,
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
        existing: Option<ListingIx>,
        revision: u16,
        log: LogRef,
    ) -> Result<(), Full> {
        let row = match existing {
            Some(row) => row,
            None => self.add_listing(listing.marketplace.as_str(), listing.id.as_str())?,
        };
        let marketplace = self.listings.get(row).ok_or(Full)?.marketplace;
        let seller = match &listing.seller {
            Some(seller) => Some(self.ensure_seller(seller.as_str())?),
            None => None,
        };
        let category = listing.category_path.first().map_or("", String::as_str);
        let group = self.ensure_group(marketplace, listing.marketplace.as_str(), category)?;
        self.touch_listing(row);
        self.mark_listing(row);
        let family = listing.variation_parent.as_ref().unwrap_or(&listing.id);
        let family = key(listing.marketplace.as_str(), family.as_str());
        self.move_to_family(row, family)?;
        self.move_to_seller(row, seller);
        if let Some(seller) = seller {
            self.mark_seller(seller);
        }
        self.note_page(row, listing)?;
        let created_seconds = listing.created.map_or(NO_TIME, Time::seconds);
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
        let fingerprint = ListingFingerprint::of(listing);
        if fingerprint.is_another_than(&target.fingerprint) {
            target.became_another = Some(log);
        }
        target.fingerprint = fingerprint;
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
    fn move_to_seller(&mut self, listing: ListingIx, seller: Option<SellerIx>) {
        let Some(row) = self.listings.get(listing) else {
            return;
        };
        let old = row.seller;
        if old == seller {
            return;
        }
        let tally = self.tally_at_seller(listing, row.tally);
        if let Some(old) = old {
            if let Some(row) = self.sellers.get_mut(old) {
                row.listings = row.listings.wrapping_sub(1);
                row.tally.combine(&tally, u32::wrapping_sub);
            }
            self.unlink_listing(listing, old);
        }
        let mut next = None;
        if let Some(row) = seller.and_then(|row| self.sellers.get_mut(row)) {
            row.listings = row.listings.wrapping_add(1);
            row.tally.combine(&tally, u32::wrapping_add);
            next = row.first_listing.replace(listing);
        }
        if let Some(row) = self.listings.get_mut(listing) {
            row.next_in_seller = next;
        }
    }

    /// What a seller counts of a listing: an act once, whatever listings show it.
    fn tally_at_seller(&self, listing: ListingIx, mut tally: Tally) -> Tally {
        if tally.variants == 0 {
            return tally;
        }
        let reviews = self.reviews_of_listing(listing);
        for (_, review) in reviews.filter(|(_, review)| review.copied == Copied::Variant) {
            let facts = self.facts_of(review);
            tally.remove(facts);
            tally.add(facts.at_seller());
        }
        tally
    }

    /// Takes a listing off its seller's list; one that changes hands pays for the walk.
    fn unlink_listing(&mut self, listing: ListingIx, seller: SellerIx) {
        let next = self
            .listings
            .get(listing)
            .and_then(|row| row.next_in_seller);
        let before = self.listings_of_seller(seller).find(|before| {
            let row = self.listings.get(*before);
            row.is_some_and(|row| row.next_in_seller == Some(listing))
        });
        if let Some(before) = before.and_then(|row| self.listings.get_mut(row)) {
            before.next_in_seller = next;
        } else if let Some(seller) = self.sellers.get_mut(seller) {
            seller.first_listing = next;
        }
    }

    /// Changes the counts of a listing, and those of its seller with it.
    pub(super) fn with_tallies(
        &mut self,
        listing: ListingIx,
        change: impl Fn(&mut Tally),
        change_of_seller: impl Fn(&mut Tally),
    ) {
        self.touch_listing(listing);
        let Some(row) = self.listings.get_mut(listing) else {
            return;
        };
        change(&mut row.tally);
        let seller = row.seller;
        let number = self.event_count + 1;
        if let Some(row) = seller.and_then(|row| self.sellers.get_mut(row)) {
            change_of_seller(&mut row.tally);
            row.changed = number;
        }
    }

    pub(super) fn ensure_seller(&mut self, id: &str) -> Result<SellerIx, Full> {
        match self.find_seller(id) {
            Some(row) => Ok(row),
            None => self.add_seller(id),
        }
    }

    /// A placeholder until the seller's own event arrives.
    fn add_seller(&mut self, id: &str) -> Result<SellerIx, Full> {
        let name = self.store_name(id)?;
        let fresh = SellerRow {
            name,
            revision: 0,
            arrived: false,
            log: None,
            listings: 0,
            first_listing: None,
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

    pub(super) fn ensure_listing(
        &mut self,
        marketplace: &str,
        id: &str,
    ) -> Result<ListingIx, Full> {
        match self.find_listing(marketplace, id) {
            Some(row) => Ok(row),
            None => self.add_listing(marketplace, id),
        }
    }

    /// A placeholder until the listing's own event arrives.
    fn add_listing(&mut self, marketplace: &str, id: &str) -> Result<ListingIx, Full> {
        let number = self.ensure_marketplace(marketplace)?;
        let group = self.ensure_group(number, marketplace, "")?;
        let name = self.store_name(id)?;
        let fresh = ListingRow {
            name,
            marketplace: number,
            revision: 0,
            arrived: false,
            seller: None,
            next_in_seller: None,
            group,
            family: key(marketplace, id),
            first_review: None,
            created_seconds: NO_TIME,
            fingerprint: ListingFingerprint::default(),
            became_another: None,
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
    ) -> Result<GroupIx, Full> {
        // Category names may have 256 bytes, stored names have 255 at most.
        let category = limits::cut(category, 255);
        let hash = key(marketplace, category);
        let existing = self.directories.groups.find(hash, |row| {
            self.groups.get(row).is_some_and(|group| {
                let known = group.category.map_or("", |name| self.names.get(name));
                group.marketplace == number && known == category
            })
        });
        if let Some(row) = existing {
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
