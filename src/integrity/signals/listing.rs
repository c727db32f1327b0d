//! Signals on listings, and on sellers as the sum of their listings.
//!
//! Own risk rests on praise alone, attack on blame alone: no amount of blame can make a listing
//! look like its own promoter.

use super::{Family, Measure, Spec, read, spec};
use crate::state::{AllListings, ListingSignal as Signal, Rhythms, State, Tally};

/// What a listing's own risk rests on.
pub static OWN: [(Signal, Spec); 7] = [
    (
        Signal::FiveStarShare,
        spec("listing.five_star_share", Family::Rating),
    ),
    (
        Signal::OneTimeAuthorShare,
        spec("listing.one_time_author_share", Family::Author),
    ),
    (
        Signal::NearDuplicateShare,
        spec("listing.near_duplicate_share", Family::Text),
    ),
    (
        Signal::PositiveBurst,
        Spec {
            version: 2,
            ..spec("listing.positive_burst", Family::Timing)
        },
    ),
    (
        Signal::UnverifiedShare,
        spec("listing.unverified_share", Family::Provenance),
    ),
    (
        Signal::RemovedShare,
        spec("listing.removed_share", Family::Provenance),
    ),
    (
        Signal::ReviewsPerOrder,
        spec("listing.reviews_per_order", Family::Provenance),
    ),
];

/// What the risk that others attack a listing rests on.
pub static ATTACK: [(Signal, Spec); 4] = [
    (
        Signal::BlameOneTimeAuthorShare,
        spec("listing.attack.one_time_author_share", Family::Author),
    ),
    (
        Signal::BlameNearDuplicateShare,
        spec("listing.attack.near_duplicate_share", Family::Text),
    ),
    (
        Signal::NegativeBurst,
        Spec {
            version: 2,
            ..spec("listing.attack.negative_burst", Family::Timing)
        },
    ),
    (
        Signal::BlameUnverifiedShare,
        spec("listing.attack.unverified_share", Family::Provenance),
    ),
];

/// Measures one signal on a listing.
pub fn measure(state: &State, row: u32, signal: Signal) -> Measure {
    let Some(listing) = state.listings().get(row) else {
        return Measure::Silent("unknown listing");
    };
    let measured = match signal.measure(&listing.tally, &listing.rhythms) {
        Ok(measured) => measured,
        Err(reason) => return Measure::Silent(reason),
    };
    let compared = listing.bins.place(signal).and_then(|place| {
        let peers = (listing.group, listing.marketplace);
        let baselines = state.baselines();
        baselines.compare_listing(peers, signal, place, Some(place))
    });
    read(measured.value, compared)
}

/// Measures one signal on a seller's sum. Days are not summed.
pub fn measure_sum(all: &AllListings, tally: &Tally, signal: Signal) -> Measure {
    if signal.is_burst() {
        return Measure::Silent("bursts belong to single listings");
    }
    match signal.measure(tally, &Rhythms::default()) {
        Ok(measured) => read(measured.value, all.compare(signal, measured)),
        Err(reason) => Measure::Silent(reason),
    }
}
