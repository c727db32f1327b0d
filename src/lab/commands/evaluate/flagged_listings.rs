//! How many of the reviews of flagged listings are labelled manipulated.

use serde::Serialize;
use serde_json::Value;

use super::shown::shown;
use crate::cli::CliError;
use crate::domain::Band;
use crate::integrity::Assessed;
use crate::integrity::detect::Corpus;

/// Listings at the top of the ranking that are looked at.
const RISKIEST: usize = 10;

/// Labelled reviews of some listings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Pooled {
    /// Listings.
    listings: usize,
    /// Their labelled reviews.
    reviews: u64,
    /// Share of these that are labelled manipulated; none without any.
    manipulated: Option<f64>,
}

/// By the band of the listings' assessments.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct FlaggedListings {
    all: Pooled,
    elevated: Pooled,
    high_or_worse: Pooled,
    riskiest: Pooled,
}

/// Pools labels by the listings' bands and by their order. Listings in the order of the corpus.
pub(super) fn measure(
    corpus: &Corpus,
    labels: &[Option<bool>],
    assessed: &[Assessed],
) -> FlaggedListings {
    let mut counts = vec![(0_u64, 0_u64); corpus.listings()];
    for (row, label) in labels.iter().enumerate().take(corpus.reviews()) {
        if let Some(manipulated) = label {
            let (reviews, with) = &mut counts[corpus.listing_of(row) as usize];
            *reviews += 1;
            *with += u64::from(*manipulated);
        }
    }
    let pooled = |listings: Vec<usize>| {
        let sums = listings.iter().map(|listing| counts[*listing]);
        let (reviews, with) = sums.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        Pooled {
            listings: listings.len(),
            reviews,
            manipulated: (reviews > 0).then(|| with as f64 / reviews as f64),
        }
    };
    let numbers = 0..assessed.len().min(counts.len());
    let in_bands = |is: &dyn Fn(Band) -> bool| {
        let chosen = numbers
            .clone()
            .filter(|listing| is(assessed[*listing].band));
        pooled(chosen.collect())
    };
    let mut by_risk: Vec<usize> = numbers
        .clone()
        .filter(|listing| assessed[*listing].band != Band::InsufficientData)
        .collect();
    let risk = |listing: &usize| assessed[*listing].fused.estimate.log_odds;
    by_risk.sort_by(|one, other| risk(other).total_cmp(&risk(one)));
    by_risk.truncate(RISKIEST);
    FlaggedListings {
        all: in_bands(&|_| true),
        elevated: in_bands(&|band| band == Band::Elevated),
        high_or_worse: in_bands(&|band| band >= Band::High),
        riskiest: pooled(by_risk),
    }
}

/// Prints them and returns them as JSON.
pub(super) fn print(flagged: &FlaggedListings) -> Result<Value, CliError> {
    print_line!("listings as served: number, their labelled reviews, share of these manipulated");
    for (name, pooled) in [
        ("all", flagged.all),
        ("band elevated", flagged.elevated),
        ("band high or worse", flagged.high_or_worse),
        ("the ten riskiest", flagged.riskiest),
    ] {
        print_line!(
            "  {name:<18} {:>7} {:>8} {}",
            pooled.listings,
            pooled.reviews,
            shown(pooled.manipulated)
        );
    }
    Ok(serde_json::to_value(flagged)?)
}
