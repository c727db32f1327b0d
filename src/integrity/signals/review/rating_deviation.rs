//! Stars far from those that others gave the same listing.

use super::super::{About, Family, Seen, Signal, read, weak};
use super::Measurer;
use crate::integrity::{Measure, Spec};
use crate::state::{Tail, deviation_bin};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 2,
        ..weak("review.rating_deviation", Family::Rating)
    },
    about: About {
        definition: "Distance of the stars from the listing's mean, the review included, among \
                     reviews of its polarity and peer group: where most praise, blame is always far \
                     from the mean, and being blame is no evidence.",
        unit: "stars, 0 to 4",
        honest: "Opinions differ, and a faulty piece earns one star honestly: a distance of one \
                     to two stars is usual, and peers say how usual more is.",
        source: "Rayana and Akoglu, KDD 2015 (RD); Lim et al., CIKM 2010.",
    },
    measure,
};

fn measure(seen: &Seen<'_>) -> Measure {
    let Some(mean) = seen.mean() else {
        return Measure::Silent("the listing has fewer than 5 reviews");
    };
    let side = seen.review.side();
    let bin = |seen: &Seen<'_>| {
        let alike = seen.review.side() == side;
        Some(deviation_bin(seen.review.stars, seen.mean()?)).filter(|_| alike)
    };
    let compared = seen.among(|peers| &peers.deviation[side.index()], bin, Tail::Upper);
    read((f64::from(seen.review.stars) - mean).abs(), compared)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn blame_is_held_against_blame_and_praise_against_praise() {
        let mut hand = Hand::crowd();
        let mut on = |listing: &'static str, stars, n: u32| {
            hand.review(Draft {
                listing,
                stars,
                author: format!("{listing}{stars}{n}"),
                ..Draft::default()
            })
        };
        // One listing is loved, one hated; each has one who differs.
        (0..8).for_each(|n| drop(on("mine", 5, n)));
        (0..8).for_each(|n| drop(on("l1", 1, n)));
        let (far_blame, far_praise) = (on("mine", 1, 9), on("l1", 5, 9));
        let near_blame = on("l1", 1, 10);
        let (_, far) = hand.on_review(far_blame, &SIGNAL).expect("read");
        let (_, near) = hand.on_review(near_blame, &SIGNAL).expect("read");
        assert!(far < near, "{far} {near}");
        let (_, praise) = hand.on_review(far_praise, &SIGNAL).expect("read");
        assert!(praise < 0.05, "{praise}");
    }

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
