//! Signals on listings, and on sellers as the sum of their listings.
//!
//! Own risk rests on praise alone, attack on blame alone: no amount of blame can make a listing
//! look like its own promoter.

mod attack_blame_surge;
mod attack_near_duplicate_share;
mod attack_negative_burst;
mod attack_one_star_share;
mod attack_one_time_author_share;
mod attack_unverified_share;
mod became_another;
mod five_star_share;
mod near_duplicate_share;
mod one_time_author_share;
mod positive_burst;
mod praise_surge;
mod removed_share;
mod reviews_per_order;
mod reward_share;
mod unverified_share;

use super::{Signal, read};
use crate::integrity::Measure;
use crate::state::{AllListings, ListingRow, ListingSignal, ListingWalk, Rhythms, State, Tally};

/// How a listing or a seller is measured.
pub type Measurer = fn(&ListingContext<'_>) -> Measure;

/// What a listing's own risk rests on.
pub static OWN: [Signal<Measurer>; 10] = [
    five_star_share::SIGNAL,
    one_time_author_share::SIGNAL,
    near_duplicate_share::SIGNAL,
    positive_burst::SIGNAL,
    praise_surge::SIGNAL,
    unverified_share::SIGNAL,
    removed_share::SIGNAL,
    reviews_per_order::SIGNAL,
    reward_share::SIGNAL,
    became_another::SIGNAL,
];

/// What the risk that others attack a listing rests on.
pub static ATTACK: [Signal<Measurer>; 6] = [
    attack_one_star_share::SIGNAL,
    attack_one_time_author_share::SIGNAL,
    attack_near_duplicate_share::SIGNAL,
    attack_negative_burst::SIGNAL,
    attack_blame_surge::SIGNAL,
    attack_unverified_share::SIGNAL,
];

/// A listing, or all listings of a seller as one.
pub struct ListingContext<'a> {
    state: &'a State,
    subject: Subject<'a>,
    /// Whether a walk over the listing's days is too much.
    counted_only: bool,
}

enum Subject<'a> {
    /// A listing and its row; none for one that is not there.
    One(u32, Option<&'a ListingRow>),
    /// A seller's row and sum, to be compared with all listings.
    Sum(u32, &'a Tally, &'a AllListings),
}

impl<'a> ListingContext<'a> {
    /// A listing.
    pub fn of(state: &'a State, row: u32) -> Self {
        Self {
            state,
            subject: Subject::One(row, state.listings().get(row)),
            counted_only: false,
        }
    }

    /// A listing, looked at without a walk over its days; what walks is skipped.
    pub fn counted_only(state: &'a State, row: u32) -> Self {
        Self {
            counted_only: true,
            ..Self::of(state, row)
        }
    }

    /// A seller's listings together. Days are not summed.
    pub const fn sum(state: &'a State, row: u32, tally: &'a Tally, all: &'a AllListings) -> Self {
        Self {
            state,
            subject: Subject::Sum(row, tally, all),
            counted_only: false,
        }
    }

    /// A value that is kept up as events come, among all its peers.
    fn counted(&self, signal: ListingSignal) -> Measure {
        match self.subject {
            Subject::One(_, None) => Measure::Silent("unknown listing"),
            Subject::One(_, Some(listing)) => self.one(listing, signal),
            Subject::Sum(..) if signal.is_burst() => {
                Measure::Silent("bursts belong to single listings")
            }
            Subject::Sum(row, tally, all) => {
                let ordered = (signal == ListingSignal::ReviewsPerOrder && tally.orders > 0)
                    .then(|| self.ordered(row));
                match signal.measure(ordered.as_ref().unwrap_or(tally), &Rhythms::default()) {
                    Ok(measured) => read(measured.value, all.compare(signal, measured)),
                    Err(reason) => Measure::Silent(reason),
                }
            }
        }
    }

    /// The sum of a seller's listings of which orders are known: praise of the others, where nobody
    /// tells of orders, must not look as if it came without any.
    fn ordered(&self, seller: u32) -> Tally {
        let mut sum = Tally::default();
        let listings = self.state.listings_of_seller(seller);
        for listing in listings.filter_map(|row| self.state.listings().get(row)) {
            if listing.tally.orders > 0 {
                sum.combine(&listing.tally, u32::wrapping_add);
            }
        }
        sum
    }

    fn one(&self, listing: &ListingRow, signal: ListingSignal) -> Measure {
        let peers = (listing.group, listing.marketplace);
        let baselines = self.state.baselines();
        let measured = if signal.is_burst() {
            let rhythm = listing.rhythms.of(signal.polarity());
            rhythm.measure_around(signal.polarity(), baselines.around(peers))
        } else {
            signal.measure(&listing.tally, &listing.rhythms)
        };
        let measured = match measured {
            Ok(measured) => measured,
            Err(reason) => return Measure::Silent(reason),
        };
        let held = listing.bins.place(signal);
        let compared = signal
            .place(measured)
            .and_then(|place| baselines.compare_listing(peers, signal, place, held));
        read(measured.value, compared)
    }

    /// A value of its days or counts, among a sample of its peers.
    fn walked(&self, what: ListingWalk) -> Measure {
        if self.counted_only && what.walks_days() {
            return Measure::Skipped;
        }
        let (measured, marketplace) = match self.subject {
            Subject::One(row, listing) => (
                self.state.walk_listing(row, what),
                listing.map(|held| held.marketplace),
            ),
            Subject::Sum(_, tally, _) => (what.of_tally(tally), None),
        };
        match measured {
            Err(reason) => Measure::Silent(reason),
            Ok(measured) => {
                let reference = self.state.baselines().reference();
                read(
                    measured.value,
                    reference.compare_listing(marketplace, what, measured),
                )
            }
        }
    }
}
