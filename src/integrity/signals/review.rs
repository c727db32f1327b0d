//! Signals on single reviews.

use super::{Family, Measure, Spec, listing, read, spec};
use crate::state::{
    Compared, Histogram, Known, ListingRow, ListingSignal, NONE, Peers, ReviewRow, Scale, Side,
    State, Tail, densest_week, deviation_bin, review_age,
};

/// How a review is measured.
pub type Measurer = fn(&State, &ReviewRow, &ListingRow) -> Measure;

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
    (spec("review.in_burst", Family::Timing), in_burst),
    (spec("review.early_arrival", Family::Timing), early_arrival),
    (spec("review.unverified", Family::Provenance), unverified),
];

/// Compares a review with those of its listing's peers, itself left out where it is up and thus
/// counted there.
fn among(
    state: &State,
    (review, listing): (&ReviewRow, &ListingRow),
    of: impl Fn(&Peers) -> &Histogram,
    bin: usize,
    tail: Tail,
) -> Option<Compared> {
    let place = (listing.group, listing.marketplace);
    let counted = review.removed.is_none();
    state.baselines().compare(place, of, bin, tail, counted)
}

fn rating_deviation(state: &State, review: &ReviewRow, listing: &ListingRow) -> Measure {
    let Some(mean) = listing.tally.mean().filter(|_| listing.tally.up() >= 5) else {
        return Measure::Silent("the listing has fewer than 5 reviews");
    };
    let bin = deviation_bin(review.stars, mean);
    let compared = among(
        state,
        (review, listing),
        |peers| &peers.deviation,
        bin,
        Tail::Upper,
    );
    read((f64::from(review.stars) - mean).abs(), compared)
}

fn author_activity(state: &State, review: &ReviewRow, _: &ListingRow) -> Measure {
    let Some(author) = state.reviewers().get(review.reviewer) else {
        return Measure::Silent("the author is unknown");
    };
    let value = f64::from(author.reviews);
    let bin = Scale::Count.bin(value);
    let baselines = state.baselines();
    read(value, baselines.compare_activity(author.marketplace, bin))
}

fn near_duplicate(state: &State, review: &ReviewRow, _: &ListingRow) -> Measure {
    if review.bands[0] == NONE {
        return Measure::Silent("the text is too short to compare");
    }
    let sizes = review
        .bands
        .iter()
        .filter_map(|row| state.bands().get(*row));
    let most = f64::from(sizes.map(|band| band.count).max().unwrap_or(0));
    // The value is how many others: a review is no copy of itself.
    let compared = state.baselines().compare_bucket(Scale::Count.bin(most));
    read((most - 1.0).max(0.0), compared)
}

fn text_length(state: &State, review: &ReviewRow, listing: &ListingRow) -> Measure {
    if review.words == 0 {
        return Measure::Silent("no text");
    }
    let value = f64::from(review.words);
    let side = review.side().index();
    let bin = Scale::Count.bin(value);
    let compared = among(
        state,
        (review, listing),
        |peers| &peers.marks.words[side],
        bin,
        Tail::Lower,
    );
    read(value, compared)
}

fn exclamations(state: &State, review: &ReviewRow, listing: &ListingRow) -> Measure {
    if review.words == 0 {
        return Measure::Silent("no text");
    }
    let value = f64::from(review.exclamations);
    let bin = Scale::Count.bin(value);
    let compared = among(
        state,
        (review, listing),
        |peers| &peers.marks.exclamations,
        bin,
        Tail::Upper,
    );
    read(value, compared)
}

/// Whether it came in its listing's densest week of its polarity; then as unusual as that week.
fn in_burst(state: &State, review: &ReviewRow, listing: &ListingRow) -> Measure {
    let signal = match review.side() {
        Side::Praise => ListingSignal::PositiveBurst,
        Side::Blame => ListingSignal::NegativeBurst,
        Side::Neutral => return Measure::Silent("neither praise nor blame"),
    };
    let Some(time) = review.time() else {
        return Measure::Silent("its time is unknown");
    };
    let week = densest_week(&listing.days, review.side());
    if !week.is_some_and(|(last, _)| time.day() <= last && last < time.day() + 7) {
        return Measure::Silent("outside of its listing's densest week");
    }
    listing::measure(state, review.listing, signal)
}

fn early_arrival(state: &State, review: &ReviewRow, listing: &ListingRow) -> Measure {
    let Some(age) = review_age(review, listing) else {
        return Measure::Silent("the listing's creation or the review's time is unknown");
    };
    let bin = Scale::Count.bin(age);
    let compared = among(
        state,
        (review, listing),
        |peers| &peers.marks.ages,
        bin,
        Tail::Lower,
    );
    read(age, compared)
}

fn unverified(state: &State, review: &ReviewRow, listing: &ListingRow) -> Measure {
    let value = match review.verified {
        Known::Unknown => return Measure::Silent("whether it was bought is unknown"),
        Known::No => 1.0,
        Known::Yes => 0.0,
    };
    let bin = Scale::Share.bin(value);
    let compared = among(
        state,
        (review, listing),
        |peers| &peers.unverified,
        bin,
        Tail::Upper,
    );
    read(value, compared)
}
