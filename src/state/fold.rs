//! The pure fold: state and an event give the next state.
//!
//! Counts do not depend on the order of events: what comes late, early or twice ends in the same
//! tallies. Derived facts (the only review of its author, a near-duplicate) are counted out and in
//! again whenever another event changes them.

mod fact;
mod listing;
mod news;
mod review;
mod review_links;
mod tombstone;

pub use review::Candidate;

use super::State;
use super::names::NameRef;
use super::rows::{LogRef, NONE};
use crate::domain::{Event, Payload};

/// Scores a review that arrives, in 256ths of log-odds: the state does not know about signals.
pub type Scorer<'a> = &'a mut dyn FnMut(&State, &Candidate) -> i16;

/// What an event did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was news.
    Applied,
    /// It was known already, or older than what is known.
    Unchanged,
}

/// Row numbers or name addresses are used up, at some four billion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state is full: row numbers are used up")]
pub struct Full;

impl State {
    /// Folds one event in. `log` is where the event lies, or will lie, in the log.
    pub fn apply(&mut self, event: &Event, log: LogRef) -> Result<Outcome, Full> {
        self.apply_scored(event, log, None)
    }

    /// As [`State::apply`]; a review that arrives is scored before it is counted.
    pub fn apply_scored(
        &mut self,
        event: &Event,
        log: LogRef,
        scorer: Option<Scorer<'_>>,
    ) -> Result<Outcome, Full> {
        let revision = event.revision;
        let outcome = match &event.payload {
            Payload::Seller(seller) => self.apply_seller(seller, revision, log),
            Payload::Listing(listing) => self.apply_listing(listing, revision, log),
            Payload::ListingSnapshot(snapshot) => self.apply_snapshot(snapshot, revision, log),
            Payload::Review(review) => self.apply_review(review, revision, log, scorer),
            Payload::ReviewRemoval(removal) => self.apply_removal(removal, revision),
            Payload::Order(order) => self.apply_order(order, revision),
            Payload::BrandSignal(signal) => self.apply_brand_signal(signal, revision, log),
            Payload::Verdict(verdict) => self.apply_verdict(verdict, revision, log),
            Payload::Tombstone(tombstone) => self.apply_tombstone(tombstone, log),
        };
        // Also after a failure: what has changed is counted where it belongs.
        self.settle();
        let outcome = outcome?;
        if outcome == Outcome::Applied {
            self.event_count += 1;
            self.watermark = self.watermark.max(event.time());
        }
        Ok(outcome)
    }

    fn store_name(&mut self, name: &str) -> Result<NameRef, Full> {
        self.names.push(name).ok_or(Full)
    }

    /// The namespace's number, given out on first sight.
    fn ensure_marketplace(&mut self, name: &str) -> Result<u16, Full> {
        if let Some(number) = self.find_marketplace(name) {
            return Ok(number);
        }
        let stored = self.store_name(name)?;
        let row = self.marketplaces.push(stored).ok_or(Full)?;
        self.directories
            .marketplaces
            .insert(super::key("", name), row);
        u16::try_from(row).map_err(|_| Full)
    }
}

/// A row number as an option.
const fn some(row: u32) -> Option<u32> {
    if row == NONE { None } else { Some(row) }
}

#[cfg(test)]
pub(in crate::state) mod tests;
