//! The pure fold: a state and an event give the next state.
//!
//! [`State::prepare`] looks an event up once, [`State::commit`] applies it. The caller may score
//! an arriving review in between: the fold itself calls nobody above it. Measured values of
//! listings and authors, and the histograms of their peers, are kept up to date by the fold.
//!
//! Counts do not depend on the order of events: late, early and repeated events end in the same
//! tallies. Some facts follow from others: the only review of its author, a near-duplicate, a copy.
//! They are counted out and in again whenever another event changes them.

mod author_acts;
mod copies;
mod listing;
mod order;
mod prepare;
mod review;
mod review_links;
mod signal;
mod tombstone;
mod verdict;

use prepare::Fact;
pub use prepare::Prepared;
pub use review::Candidate;
use review::Newest;

use super::State;
use super::names::NameRef;
use super::rows::LogRef;
use crate::domain::Event;

/// Result of folding one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The event superseded what was known.
    Applied,
    /// The event was known already, or older than what is known.
    Unchanged,
}

/// Row numbers or name addresses are used up, at some four billion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state is full: row numbers are used up")]
pub struct Full;

impl State {
    /// Folds one event in, without a score at arrival. `log` is its place in the log.
    pub fn apply(&mut self, event: &Event, log: LogRef) -> Result<Outcome, Full> {
        let Some(prepared) = self.prepare(event) else {
            return Ok(Outcome::Unchanged);
        };
        self.commit(&prepared, log, None)?;
        Ok(Outcome::Applied)
    }

    /// Applies an event that this state has prepared, with no other commit in between. `log` is
    /// its place in the log; `arrival` the score of [`Prepared::arriving`], in 256ths of log-odds.
    pub fn commit(
        &mut self,
        prepared: &Prepared<'_>,
        log: LogRef,
        arrival: Option<i16>,
    ) -> Result<(), Full> {
        let event = prepared.event;
        let revision = event.revision;
        let committed = match prepared.fact {
            Fact::Seller { seller, existing } => {
                self.commit_seller(seller, existing, revision, log)
            }
            Fact::Listing { listing, existing } => {
                self.commit_listing(listing, existing, revision, log)
            }
            Fact::Snapshot { snapshot, existing } => {
                self.commit_snapshot(snapshot, existing, revision)
            }
            Fact::Review {
                review,
                existing,
                ref candidate,
            } => {
                let newest = Newest {
                    revision,
                    log,
                    arrival,
                };
                self.commit_review(review, existing, candidate, newest)
            }
            Fact::Removal { removal, existing } => self.commit_removal(removal, existing, revision),
            Fact::Order { order, existing } => self.commit_order(order, existing, revision),
            Fact::BrandSignal { signal, existing } => {
                self.commit_brand_signal(signal, existing, revision, log)
            }
            Fact::Verdict { verdict, existing } => {
                self.commit_verdict(verdict, existing, revision, log)
            }
            Fact::Tombstone(tombstone) => self.commit_tombstone(tombstone, log),
        };
        // Also after a failure: changed rows are counted where they belong.
        self.settle();
        committed?;
        self.event_count += 1;
        self.watermark = self.watermark.max(event.time());
        Ok(())
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
        let number = self.marketplaces.push(stored).ok_or(Full)?;
        self.directories
            .marketplaces
            .insert(super::key("", name), number);
        Ok(number)
    }
}

#[cfg(test)]
pub(in crate::state) mod tests;
