//! Measures how far a review's stars are from those that others gave the same listing.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Family, Measure, Overlap, Spec};
use crate::state::{Tail, deviation_bin};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.rating_deviation", Family::Rating, fact)
        .weak()
        .overlapping(Overlap::ReplacedByDetector),
    doc: SignalDoc {
        definition: "Distance of the stars from the listing's mean, the review included. Compared \
                     with reviews of its peer group.",
        unit: "stars, 0 to 4",
        caveats: "Opinions differ, and a faulty item earns one star honestly. A distance of one \
                  to two stars is usual; peers show how usual more is. It finds single planted \
                  reviews: a push that is a large part of a listing's reviews moves the mean \
                  towards itself.",
        source: "Rayana and Akoglu, KDD 2015 (RD); Lim et al., CIKM 2010.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!("its rating is {value:.1} stars away from the listing's mean")
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    let Some(mean) = context.mean() else {
        return Measure::Silent("the listing has fewer than 5 reviews");
    };
    let bin =
        |context: &ReviewContext<'_>| Some(deviation_bin(context.review.stars, context.mean()?));
    let compared = context.among(|peers| &peers.deviation, bin, Tail::Upper);
    read((f64::from(context.review.stars) - mean).abs(), compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn one_star_among_five_star_reviews_has_a_small_tail() {
        let mut market = MarketFixture::crowd();
        let fives = (0..7).map(|n| ReviewDraft {
            author: format!("f{n}"),
            ..ReviewDraft::default()
        });
        let first = fives.map(|draft| market.review(draft)).min().expect("some");
        let low = market.review(ReviewDraft {
            stars: 1,
            ..ReviewDraft::default()
        });
        // Seven fives and a one: the mean is 4.5.
        let (value, tail) = market.on_review(low, &SIGNAL).expect("read");
        assert!(value == 3.5 && tail < 0.05, "{value} {tail}");
        let (value, tail) = market.on_review(first, &SIGNAL).expect("read");
        assert!(value == 0.5 && tail > 0.5, "{value} {tail}");
    }
}
