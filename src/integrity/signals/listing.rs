//! Signals on listings, and on sellers as the sum of their listings.
//!
//! Own risk rests on positive reviews alone, and attack on negative ones alone: no number of negative
//! reviews can make a listing look like its own promoter.

mod became_another;
mod burst;
mod five_star_share;
mod near_duplicate_share;
mod one_star_share;
mod one_time_author_share;
mod removed_share;
mod reviews_per_order;
mod reward_share;
mod surge;
mod unverified_share;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Signal, SignalDoc, read};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Fact, Family, Measure, Overlap, Spec};
use crate::state::{
    ListingIx, ListingRow, ListingSignal, ListingWalk, Polarity, Rhythms, SellerIx, State, Tally,
};

/// The code of the signal that compares reviews with orders.
pub const REVIEWS_PER_ORDER: &str = "listing.reviews_per_order";

/// Measures a listing or a seller.
pub type Measurer = fn(&ListingContext<'_>) -> Measure;

/// The signals that a listing's own risk rests on.
pub static OWN: [Signal<Measurer>; 10] = [
    five_star_share::SIGNAL,
    one_time_author_share::POSITIVE,
    near_duplicate_share::POSITIVE,
    burst::POSITIVE,
    surge::POSITIVE,
    unverified_share::POSITIVE,
    removed_share::SIGNAL,
    reviews_per_order::SIGNAL,
    reward_share::SIGNAL,
    became_another::SIGNAL,
];

/// The signals that the risk of an attack on a listing rests on.
pub static ATTACK: [Signal<Measurer>; 6] = [
    one_star_share::SIGNAL,
    one_time_author_share::NEGATIVE,
    near_duplicate_share::NEGATIVE,
    burst::NEGATIVE,
    surge::NEGATIVE,
    unverified_share::NEGATIVE,
];

/// A definition that positive and negative reviews share.
#[derive(Clone, Copy)]
struct BothPolarities {
    family: Family,
    version: u32,
    support: Support,
    /// With `{reviews}` for the reviews of the polarity.
    definition: &'static str,
    unit: &'static str,
}

impl BothPolarities {
    const fn signal(
        self,
        polarity: Polarity,
        code: &'static str,
        fact: Fact,
        measure: Measurer,
        caveats: &'static str,
        source: &'static str,
    ) -> Signal<Measurer> {
        let spec = Spec::of_reviews(code, self.family, self.support, fact);
        Signal {
            spec: spec
                .version(self.version)
                .only(polarity)
                .overlapping(Overlap::Reviews),
            doc: SignalDoc {
                definition: self.definition,
                unit: self.unit,
                caveats,
                source,
            },
            measure,
        }
    }
}

/// A listing, or all listings of a seller as one, as its signals read it.
pub struct ListingContext<'a> {
    state: &'a State,
    subject: Subject<'a>,
    /// Skips signals that walk over the listing's days.
    counted_only: bool,
}

enum Subject<'a> {
    /// A listing's row and record; none for an unknown row.
    Listing(ListingIx, Option<&'a ListingRow>),
    /// A seller's row and sum, and the marketplace that it is compared on; none without listings.
    Seller(SellerIx, &'a Tally, Option<u16>),
}

impl<'a> ListingContext<'a> {
    /// Reads a listing.
    pub fn of(state: &'a State, row: ListingIx) -> Self {
        Self {
            state,
            subject: Subject::Listing(row, state.listings().get(row)),
            counted_only: false,
        }
    }

    /// Reads a listing without a walk over its days. Signals that need one are skipped.
    pub fn counted_only(state: &'a State, row: ListingIx) -> Self {
        Self {
            counted_only: true,
            ..Self::of(state, row)
        }
    }

    /// Reads a seller's listings together. Days are not summed. Its peers are the listings of the
    /// marketplace on which it has most reviews.
    pub fn sum(state: &'a State, row: SellerIx, tally: &'a Tally) -> Self {
        Self {
            state,
            subject: Subject::Seller(row, tally, main_marketplace(state, row)),
            counted_only: false,
        }
    }

    /// Measures a value that is counted as events come, and compares it with all peers.
    fn counted(&self, signal: ListingSignal) -> Measure {
        match self.subject {
            Subject::Listing(_, None) => Measure::Silent("unknown listing"),
            Subject::Listing(_, Some(listing)) => self.counted_on(listing, signal),
            Subject::Seller(..) if signal.is_burst() => {
                Measure::Silent("bursts belong to single listings")
            }
            Subject::Seller(row, tally, marketplace) => {
                let with_orders = (signal == ListingSignal::ReviewsPerOrder && tally.orders > 0)
                    .then(|| self.listings_with_orders(row));
                let tally = with_orders.as_ref().unwrap_or(tally);
                match signal.measure(tally, &Rhythms::default()) {
                    Ok(measured) => {
                        let baselines = self.state.baselines();
                        let compared = marketplace.and_then(|marketplace| {
                            baselines.compare_seller(marketplace, signal, measured)
                        });
                        read(measured.value, compared)
                    }
                    Err(reason) => Measure::Silent(reason),
                }
            }
        }
    }

    /// Sums a seller's listings with known orders. Positive reviews of the others must not look as if
    /// they came without any.
    fn listings_with_orders(&self, seller: SellerIx) -> Tally {
        let mut sum = Tally::default();
        let listings = self.state.listings_of_seller(seller);
        for listing in listings.filter_map(|row| self.state.listings().get(row)) {
            if listing.tally.orders > 0 {
                sum.combine(&listing.tally, u32::wrapping_add);
            }
        }
        sum
    }

    fn counted_on(&self, listing: &ListingRow, signal: ListingSignal) -> Measure {
        let peers = listing.peers();
        let baselines = self.state.baselines();
        let measured = if signal.is_burst() {
            let rhythm = listing.rhythms.of(signal.polarity());
            rhythm.measure_around(signal.polarity(), baselines.around(peers))
        } else {
            signal.measure(&listing.tally, &listing.rhythms)
        };
        match measured {
            Err(reason) => Measure::Silent(reason),
            Ok(measured) => {
                let counted = listing.bins.of_signal(signal);
                let compared = signal
                    .peer_bin(measured)
                    .and_then(|at| baselines.compare_listing(peers, signal, at, counted));
                read(measured.value, compared)
            }
        }
    }

    /// Measures a value of its days or counts, and compares it with a sample of its peers.
    fn walked(&self, walk: ListingWalk) -> Measure {
        if self.counted_only && walk.walks_days() {
            return Measure::Skipped;
        }
        let (measured, marketplace) = match self.subject {
            Subject::Listing(row, listing) => (
                self.state.walk_listing(row, walk),
                listing.map(|listing| listing.marketplace),
            ),
            Subject::Seller(_, tally, marketplace) => (walk.of_tally(tally), marketplace),
        };
        match measured {
            Err(reason) => Measure::Silent(reason),
            Ok(measured) => {
                let reference = self.state.baselines().reference();
                let compared = reference.compare_listing(marketplace, walk, measured);
                read(measured.value, compared)
            }
        }
    }
}

/// The marketplace on which a seller has most reviews; the first by name of equals.
fn main_marketplace(state: &State, seller: SellerIx) -> Option<u16> {
    let mut reviews: BTreeMap<u16, u32> = BTreeMap::new();
    let listings = state.listings_of_seller(seller);
    for listing in listings.filter_map(|row| state.listings().get(row)) {
        *reviews.entry(listing.marketplace).or_default() += listing.tally.up();
    }
    let by_reviews = |(marketplace, reviews): &(&u16, &u32)| {
        (**reviews, Reverse(state.marketplace(**marketplace)))
    };
    let main = reviews.iter().max_by_key(by_reviews);
    main.map(|(marketplace, _)| *marketplace)
}
