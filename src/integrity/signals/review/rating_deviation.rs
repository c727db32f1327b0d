//! Stars far from those that others gave the same listing.

use super::super::{Family, ReviewContext, Signal, SignalDoc, read, weak};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::{Tail, deviation_bin};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("review.rating_deviation", Family::Rating),
    doc: SignalDoc {
        definition: "Distance of the stars from the listing's mean, the review included, among \
                     reviews of its peer group.",
        unit: "stars, 0 to 4",
        caveats: "Opinions differ, and a faulty piece earns one star honestly: a distance of one \
                     to two stars is usual, and peers say how usual more is. It finds lone planted \
                     reviews: a push that is much of a listing moves the mean towards itself.",
        source: "Rayana and Akoglu, KDD 2015 (RD); Lim et al., CIKM 2010.",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    let Some(mean) = seen.mean() else {
        return Measure::Silent("the listing has fewer than 5 reviews");
    };
    let bin = |seen: &ReviewContext<'_>| Some(deviation_bin(seen.review.stars, seen.mean()?));
    let compared = seen.among(|peers| &peers.deviation, bin, Tail::Upper);
    read((f64::from(seen.review.stars) - mean).abs(), compared)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn one_star_among_fives_is_far() {
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
