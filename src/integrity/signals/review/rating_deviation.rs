//! Stars far from those that others gave the same listing.

use super::super::{About, Family, Seen, Signal, read, weak};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::{Tail, deviation_bin};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("review.rating_deviation", Family::Rating),
    about: About {
        definition: "Distance of the stars from the listing's mean, the review included, among \
                     reviews of its peer group.",
        unit: "stars, 0 to 4",
        honest: "Opinions differ, and a faulty piece earns one star honestly: a distance of one \
                     to two stars is usual, and peers say how usual more is. It finds lone planted \
                     reviews: a push that is much of a listing moves the mean towards itself.",
        source: "Rayana and Akoglu, KDD 2015 (RD); Lim et al., CIKM 2010.",
    },
    measure,
};

fn measure(seen: &Seen<'_>) -> Measure {
    let Some(mean) = seen.mean() else {
        return Measure::Silent("the listing has fewer than 5 reviews");
    };
    let bin = |seen: &Seen<'_>| Some(deviation_bin(seen.review.stars, seen.mean()?));
    let compared = seen.among(|peers| &peers.deviation, bin, Tail::Upper);
    read((f64::from(seen.review.stars) - mean).abs(), compared)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn one_star_among_fives_is_far() {
        let mut hand = Hand::crowd();
        let fives = (0..7).map(|n| Draft {
            author: format!("f{n}"),
            ..Draft::default()
        });
        let first = fives.map(|draft| hand.review(draft)).min().expect("some");
        let low = hand.review(Draft {
            stars: 1,
            ..Draft::default()
        });
        // Seven fives and a one: the mean is 4.5.
        let (value, tail) = hand.on_review(low, &SIGNAL).expect("read");
        assert!(value == 3.5 && tail < 0.05, "{value} {tail}");
        let (value, tail) = hand.on_review(first, &SIGNAL).expect("read");
        assert!(value == 0.5 && tail > 0.5, "{value} {tail}");
    }
}
