//! Looks an event up, once, before it is applied.

use super::review::Candidate;
use crate::domain::{
    BrandSignal, Event, Listing, ListingSnapshot, Order, Payload, Review, ReviewRemoval, Seller,
    Tombstone, Verdict,
};
use crate::state::{
    ListingIx, OrderIx, ReviewIx, SellerIx, SignalIx, SnapshotIx, State, VerdictIx,
};

/// An event that supersedes what is known, and the rows that it concerns. It belongs to the state
/// that made it, as that was then.
#[derive(Debug)]
pub struct Prepared<'a> {
    pub(super) event: &'a Event,
    pub(super) fact: Fact<'a>,
}

/// A fact with the row that it replaces, if there is one.
#[derive(Debug)]
pub(super) enum Fact<'a> {
    Seller {
        seller: &'a Seller,
        existing: Option<SellerIx>,
    },
    Listing {
        listing: &'a Listing,
        existing: Option<ListingIx>,
    },
    Snapshot {
        snapshot: &'a ListingSnapshot,
        existing: Option<SnapshotIx>,
    },
    Review {
        review: &'a Review,
        existing: Option<ReviewIx>,
        candidate: Candidate,
    },
    Removal {
        removal: &'a ReviewRemoval,
        existing: Option<ReviewIx>,
    },
    Order {
        order: &'a Order,
        existing: Option<OrderIx>,
    },
    BrandSignal {
        signal: &'a BrandSignal,
        existing: Option<SignalIx>,
    },
    Verdict {
        verdict: &'a Verdict,
        existing: Option<VerdictIx>,
    },
    Tombstone(&'a Tombstone),
}

impl Prepared<'_> {
    /// The review that this event brings, unless it edits one that has arrived: an edit keeps the
    /// score of its first arrival.
    pub fn arriving(&self) -> Option<&Candidate> {
        match &self.fact {
            Fact::Review { candidate, .. } if candidate.replaces.is_none() => Some(candidate),
            _ => None,
        }
    }
}

impl State {
    /// Looks an event up; none where it is known already, or older than what is known.
    pub fn prepare<'a>(&self, event: &'a Event) -> Option<Prepared<'a>> {
        let revision = event.revision;
        let fact = match &event.payload {
            Payload::Seller(seller) => self.prepare_seller(seller, revision),
            Payload::Listing(listing) => self.prepare_listing(listing, revision),
            Payload::ListingSnapshot(snapshot) => self.prepare_snapshot(snapshot, revision),
            Payload::Review(review) => self.prepare_review(review, revision),
            Payload::ReviewRemoval(removal) => self.prepare_removal(removal, revision),
            Payload::Order(order) => self.prepare_order(order, revision),
            Payload::BrandSignal(signal) => self.prepare_brand_signal(signal, revision),
            Payload::Verdict(verdict) => self.prepare_verdict(verdict, revision),
            // Tombstones come from the log only, each in the place of an event that was applied.
            Payload::Tombstone(tombstone) => Some(Fact::Tombstone(tombstone)),
        };
        fact.map(|fact| Prepared { event, fact })
    }
}

/// Whether a revision is newer than the one that is known.
pub(super) fn supersedes(revision: u16, known: Option<u16>) -> bool {
    known.is_none_or(|known| revision > known)
}
