//! Signals on single reviews.

use super::{Family, Measure, Seen, Spec, read, spec};
use crate::state::{Known, ListingSignal, Scale, Side, Tail, deviation_bin};

/// How a review is measured.
pub type Measurer = fn(&Seen<'_>) -> Measure;

/// All signals on reviews.
pub static ALL: [(Spec, Measurer); 8] = [
    (
        spec("review.rating_deviation", Family::Rating),
        rating_deviation,
    ),
    (
        spec("review.author_activity", Family::Author),
        author_activity,
    ),
    (spec("review.near_duplicate", Family::Text), near_duplicate),
    (spec("review.text_length", Family::Text), text_length),
    (spec("review.exclamations", Family::Text), exclamations),
    (
        Spec {
            version: 2,
            ..spec("review.in_burst", Family::Timing)
        },
        in_burst,
    ),
    (spec("review.early_arrival", Family::Timing), early_arrival),
    (spec("review.unverified", Family::Provenance), unverified),
];

fn rating_deviation(seen: &Seen<'_>) -> Measure {
    let Some(mean) = seen.mean() else {
        return Measure::Silent("the listing has fewer than 5 reviews");
    };
    let bin = |seen: &Seen<'_>| Some(deviation_bin(seen.review.stars, seen.mean()?));
    let compared = seen.among(|peers| &peers.deviation, bin, Tail::Upper);
    read((f64::from(seen.review.stars) - mean).abs(), compared)
}

fn author_activity(seen: &Seen<'_>) -> Measure {
    let bin = |seen: &Seen<'_>| Scale::Count.bin(seen.author_reviews().into());
    let (at, out) = (bin(seen), seen.held_bin(|seen| Some(bin(seen))));
    let baselines = seen.state.baselines();
    let compared = baselines.compare_activity(seen.review.marketplace, at, out);
    read(seen.author_reviews().into(), compared)
}

fn near_duplicate(seen: &Seen<'_>) -> Measure {
    if !seen.comparable {
        return Measure::Silent("the text is too short to compare");
    }
    let bin = |seen: &Seen<'_>| Scale::Count.bin(seen.bucket().into());
    let out = seen.held_bin(|seen| seen.comparable.then(|| bin(seen)));
    let compared = seen.state.baselines().compare_bucket(bin(seen), out);
    // The value is how many others: a review is no copy of itself.
    read(f64::from(seen.bucket().saturating_sub(1)), compared)
}

fn text_length(seen: &Seen<'_>) -> Measure {
    if seen.review.words == 0 {
        return Measure::Silent("no text");
    }
    let side = seen.review.side();
    let bin = |seen: &Seen<'_>| {
        let counted = seen.review.words > 0 && seen.review.side() == side;
        counted.then(|| Scale::Count.bin(seen.review.words.into()))
    };
    let words = side.index();
    let compared = seen.among(|peers| &peers.marks.words[words], bin, Tail::Lower);
    read(seen.review.words.into(), compared)
}

fn exclamations(seen: &Seen<'_>) -> Measure {
    if seen.review.words == 0 {
        return Measure::Silent("no text");
    }
    let bin = |seen: &Seen<'_>| {
        let counted = seen.review.words > 0;
        counted.then(|| Scale::Count.bin(seen.review.exclamations.into()))
    };
    let compared = seen.among(|peers| &peers.marks.exclamations, bin, Tail::Upper);
    read(seen.review.exclamations.into(), compared)
}

/// Whether it came in its listing's densest week of its polarity; then as unusual as that week.
fn in_burst(seen: &Seen<'_>) -> Measure {
    let signal = match seen.review.side() {
        Side::Praise => ListingSignal::PositiveBurst,
        Side::Blame => ListingSignal::NegativeBurst,
        Side::Neutral => return Measure::Silent("neither praise nor blame"),
    };
    let Some(time) = seen.review.time() else {
        return Measure::Silent("its time is unknown");
    };
    let (Some(listing), Some(rhythm)) = (seen.listing(), seen.rhythm()) else {
        return Measure::Silent("its listing is unknown");
    };
    if !rhythm.holds(time.day()) {
        return Measure::Silent("outside of its listing's densest week");
    }
    let measured = match rhythm.measure() {
        Ok(measured) => measured,
        Err(reason) => return Measure::Silent(reason),
    };
    let peers = (listing.group, listing.marketplace);
    let held = listing.bins.place(signal);
    let compared = signal.place(measured).and_then(|place| {
        let baselines = seen.state.baselines();
        baselines.compare_listing(peers, signal, place, held)
    });
    read(measured.value, compared)
}

fn early_arrival(seen: &Seen<'_>) -> Measure {
    let Some(age) = seen.age() else {
        return Measure::Silent("the listing's creation or the review's time is unknown");
    };
    let bin = |seen: &Seen<'_>| seen.age().map(|age| Scale::Count.bin(age));
    let compared = seen.among(|peers| &peers.marks.ages, bin, Tail::Lower);
    read(age, compared)
}

fn unverified(seen: &Seen<'_>) -> Measure {
    let value = |seen: &Seen<'_>| match seen.review.verified {
        Known::Unknown => None,
        Known::No => Some(1.0),
        Known::Yes => Some(0.0),
    };
    let Some(share) = value(seen) else {
        return Measure::Silent("whether it was bought is unknown");
    };
    let bin = |seen: &Seen<'_>| value(seen).map(|value| Scale::Share.bin(value));
    let compared = seen.among(|peers| &peers.unverified, bin, Tail::Upper);
    read(share, compared)
}
