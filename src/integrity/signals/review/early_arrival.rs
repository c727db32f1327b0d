//! Soon after its listing appeared.

use super::super::{About, Family, Seen, Signal, read, weak};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::{Scale, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("review.early_arrival", Family::Timing),
    about: About {
        definition: "Days from its listing's creation, few being unusual, among reviews of its peer \
                     group; 0 for a review that is older than its listing.",
        unit: "days, from 1; 0 if older than the listing",
        honest: "Every listing has first reviews; they matter more to a seller than later ones, \
                     and are bought more often.",
        source: "Rayana and Akoglu, KDD 2015 (ETF); Lim et al., CIKM 2010.",
    },
    measure,
};

fn measure(seen: &Seen<'_>) -> Measure {
    let Some(age) = seen.age() else {
        return Measure::Silent("the listing's creation or the review's time is unknown");
    };
    let bin = |seen: &Seen<'_>| seen.age().map(|age| Scale::Count.bin(age));
    let compared = seen.among(|peers| &peers.marks.ages, bin, Tail::Lower);
    read(age, compared)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn the_first_day_is_early() {
        let mut hand = Hand::crowd();
        hand.listing("mine", "s1", "kettles", "a kettle");
        let first = hand.review(Draft {
            day: 50,
            ..Draft::default()
        });
        let before = hand.review(Draft {
            day: 40,
            ..Draft::default()
        });
        let (value, tail) = hand.on_review(first, &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.05, "{value} {tail}");
        assert_eq!(
            hand.on_review(before, &SIGNAL).map(|read| read.0),
            Some(0.0)
        );
        let unknown = hand.review(Draft {
            listing: "other",
            ..Draft::default()
        });
        assert_eq!(hand.on_review(unknown, &SIGNAL), None);
    }
}
