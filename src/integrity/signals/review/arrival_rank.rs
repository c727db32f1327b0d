//! Measures whether a review is among its listing's first ones.

use super::super::{ReviewContext, Signal, SignalDoc};
use super::Measurer;
use crate::integrity::detect::DetectorTerm;
use crate::integrity::terms::{Comparison, Family, Measure, Overlap, Reading, Spec};

/// Fewest reviews of a listing in which a rank is evidence.
const REVIEWS_LEAST: u32 = 10;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.arrival_rank", Family::Timing, fact)
        .weak()
        .version(2)
        .compared(Comparison::Rank)
        .overlapping(Overlap::Detector(DetectorTerm::Place)),
    doc: SignalDoc {
        definition: "Its rank among the reviews of its listing with a known day. If order means \
                     nothing, every rank is equally likely, so the tail is exact: the share of \
                     the listing's reviews that came no later. Beyond the first twenty it is \
                     usual.",
        unit: "rank, from 1; 21 beyond the first twenty",
        caveats: "Somebody must be first. It is weak, and abstains for listings with few reviews.",
        source: "Rayana and Akoglu, KDD 2015 (rank order of review); Lim et al., CIKM 2010.",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value > ReviewContext::FIRST {
        "it is not among the first 20 reviews of its listing".to_owned()
    } else {
        format!("it is number {value:.0} of its listing's reviews")
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    let Some((place, all)) = context.arrival() else {
        return Measure::Silent("its listing or its time is unknown");
    };
    if all < REVIEWS_LEAST {
        return Measure::Silent("the listing has fewer than 10 reviews");
    }
    let whole = f64::from(all);
    // Beyond the first it lies anywhere: in the middle of the rest.
    let (value, middle) = match place {
        Some(place) => (place, place - 0.5),
        None => (
            ReviewContext::FIRST + 1.0,
            f64::midpoint(ReviewContext::FIRST, whole),
        ),
    };
    Measure::Read(Reading {
        value,
        tail: (middle / whole).clamp(0.5 / whole, 1.0),
        peers: u64::from(all) - 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn reviews_of_one_day_share_their_rank() {
        let mut market = MarketFixture::crowd();
        let rows: Vec<_> = (0..40)
            .map(|n| {
                market.review(ReviewDraft {
                    author: format!("p{n}"),
                    day: 100 + n / 2,
                    ..ReviewDraft::default()
                })
            })
            .collect();
        // Two come on the first day: their places are 1 and 2, and nobody knows which is which.
        assert_eq!(market.on_review(rows[0], &SIGNAL), Some((1.5, 1.0 / 40.0)));
        assert_eq!(market.on_review(rows[7], &SIGNAL), Some((7.5, 7.0 / 40.0)));
        assert_eq!(
            market.on_review(rows[39], &SIGNAL),
            Some((21.0, 30.0 / 40.0))
        );
        let lone = market.review(ReviewDraft {
            listing: "new",
            ..ReviewDraft::default()
        });
        assert_eq!(market.on_review(lone, &SIGNAL), None);
    }

    #[test]
    fn undated_reviews_do_not_change_ranks() {
        let mut market = MarketFixture::crowd();
        let draft = |n: u32, dated| ReviewDraft {
            author: format!("p{n}"),
            day: 100 + n,
            dated,
            ..ReviewDraft::default()
        };
        let rows: Vec<_> = (0..12).map(|n| market.review(draft(n, true))).collect();
        let before = market.on_review(rows[5], &SIGNAL);
        let undated = market.review(draft(12, false));
        (13..60).for_each(|n| market.add(draft(n, false)));
        assert_eq!(market.on_review(rows[5], &SIGNAL), before);
        assert_eq!(market.on_review(undated, &SIGNAL), None);
    }
}
