//! Orders, snapshots, brand signals and verdicts.

use super::{Full, Outcome};
use crate::domain::{BrandSignal, ListingSnapshot, Order, Verdict};
use crate::state::names::NameRef;
use crate::state::rows::{FactRow, Known, LogRef, NONE, OrderRow, VerdictRow};
use crate::state::{State, key, snapshot_key, subject_key};

impl State {
    pub(super) fn apply_order(&mut self, order: &Order, revision: u16) -> Result<Outcome, Full> {
        let marketplace = order.marketplace.as_str();
        let known = self.find_order(marketplace, order.id.as_str());
        let held = known.and_then(|row| self.orders.get(row)).copied();
        if held.is_some_and(|held| revision <= held.revision) {
            return Ok(Outcome::Unchanged);
        }
        let listing = self.ensure_listing(marketplace, order.listing.as_str())?;
        let number = self.ensure_marketplace(marketplace)?;
        if let Some(held) = held {
            self.count_order(&held, u32::wrapping_sub);
        }
        let name = match held {
            Some(held) => held.name,
            None => self.store_name(order.id.as_str())?,
        };
        let fresh = OrderRow {
            name,
            listing,
            seconds: order.time.seconds(),
            revision,
            marketplace: number,
            refunded: Known::from(order.refunded),
        };
        if let Some(target) = known.and_then(|row| self.orders.get_mut(row)) {
            *target = fresh;
        } else {
            let row = self.orders.push(fresh).ok_or(Full)?;
            self.directories
                .orders
                .insert(key(marketplace, order.id.as_str()), row);
        }
        self.count_order(&fresh, u32::wrapping_add);
        Ok(Outcome::Applied)
    }

    fn count_order(&mut self, order: &OrderRow, step: fn(u32, u32) -> u32) {
        let refunded = u32::from(order.refunded == Known::Yes);
        self.with_tallies(order.listing, |tally| {
            tally.orders = step(tally.orders, 1);
            tally.refunded = step(tally.refunded, refunded);
        });
    }

    pub(super) fn apply_snapshot(
        &mut self,
        snapshot: &ListingSnapshot,
        revision: u16,
        log: LogRef,
    ) -> Result<Outcome, Full> {
        let (marketplace, listing) = (snapshot.marketplace.as_str(), snapshot.listing.as_str());
        let listing_row = self.ensure_listing(marketplace, listing)?;
        let Some(listing_row) = self.listings.get(listing_row) else {
            return Err(Full);
        };
        let seconds = snapshot.time.seconds();
        let fresh = FactRow {
            name: listing_row.name,
            seconds,
            revision,
            marketplace: listing_row.marketplace,
            log,
        };
        let hash = snapshot_key(marketplace, listing, seconds);
        let known = self.find_snapshot(hash, fresh.name, seconds, fresh.marketplace);
        if let Some(held) = known.and_then(|row| self.snapshots.get_mut(row)) {
            return Ok(replace(held, fresh));
        }
        let row = self.snapshots.push(fresh).ok_or(Full)?;
        self.directories.snapshots.insert(hash, row);
        Ok(Outcome::Applied)
    }

    /// The row of a snapshot. A listing has its name stored once.
    pub(super) fn find_snapshot(
        &self,
        hash: u64,
        listing: NameRef,
        seconds: u32,
        marketplace: u16,
    ) -> Option<u32> {
        self.directories.snapshots.find(hash, |row| {
            self.snapshots.get(row).is_some_and(|held| {
                held.name == listing && held.seconds == seconds && held.marketplace == marketplace
            })
        })
    }

    pub(super) fn apply_brand_signal(
        &mut self,
        signal: &BrandSignal,
        revision: u16,
        log: LogRef,
    ) -> Result<Outcome, Full> {
        let id = signal.id.as_str();
        let known = self.find_brand_signal(id);
        let held = known.and_then(|row| self.brand_signals.get(row)).copied();
        // Before anything is made: what is no news is not in the log, and must leave no trace.
        if held.is_some_and(|held| revision <= held.revision) {
            return Ok(Outcome::Unchanged);
        }
        self.ensure_seller(signal.seller.as_str())?;
        if let Some(held) = known.and_then(|row| self.brand_signals.get_mut(row)) {
            (held.revision, held.log) = (revision, log);
            return Ok(Outcome::Applied);
        }
        let name = self.store_name(id)?;
        let fresh = FactRow {
            name,
            seconds: NONE,
            revision,
            marketplace: 0,
            log,
        };
        let row = self.brand_signals.push(fresh).ok_or(Full)?;
        self.directories.brand_signals.insert(key("", id), row);
        Ok(Outcome::Applied)
    }

    pub(super) fn apply_verdict(
        &mut self,
        verdict: &Verdict,
        revision: u16,
        log: LogRef,
    ) -> Result<Outcome, Full> {
        let id = verdict.id.as_str();
        let known = self.find_verdict_by_id(id);
        let held = known.and_then(|row| self.verdicts.get(row)).copied();
        if held.is_some_and(|held| revision <= held.revision) {
            return Ok(Outcome::Unchanged);
        }
        let subject = &verdict.subject;
        let marketplace = match subject.marketplace() {
            "" => None,
            name => Some(self.ensure_marketplace(name)?),
        };
        let name = match held {
            Some(held) => held.name,
            None => self.store_name(id)?,
        };
        let fresh = VerdictRow {
            name,
            subject_kind: subject.kind(),
            subject_marketplace: marketplace,
            subject_name: self.store_name(subject.id().as_str())?,
            revision,
            label: verdict.label,
            seconds: verdict.time.seconds(),
            log,
        };
        let row = match known {
            Some(row) => {
                if let Some(target) = self.verdicts.get_mut(row) {
                    *target = fresh;
                }
                row
            }
            None => self.verdicts.push(fresh).ok_or(Full)?,
        };
        if known.is_none() {
            self.directories.verdicts.insert(key("", id), row);
        }
        // A revision may name another subject: the old entry then no longer matches its row.
        self.directories
            .verdict_subjects
            .insert(subject_key(subject), row);
        Ok(Outcome::Applied)
    }
}

fn replace(held: &mut FactRow, fresh: FactRow) -> Outcome {
    if fresh.revision <= held.revision {
        return Outcome::Unchanged;
    }
    *held = fresh;
    Outcome::Applied
}
