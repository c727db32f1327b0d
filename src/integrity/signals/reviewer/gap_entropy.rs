//! Breaks of one length.

use super::super::{About, Family, Signal, weak};
use super::{Author, Measurer};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.gap_entropy", Family::Timing),
    about: About {
        definition: "Entropy of the lengths of its breaks between reviews, in doublings of days, \
                     over the most that so many breaks can have; little is unusual. At least four \
                     reviews. Among authors of like activity on the marketplace, a sample of them.",
        unit: "0 to 1",
        honest: "Habits make rhythms, and one sitting has only breaks of nothing: weak.",
        source: "Rayana and Akoglu, KDD 2015 (ETG, entropy of temporal gaps).",
    },
    measure,
};

fn measure(author: &Author<'_>) -> Measure {
    author.walked(AuthorWalk::GapEntropy)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn a_review_a_week_has_no_entropy() {
        let mut hand = Hand::crowd();
        (0..8).for_each(|n| {
            hand.add(Draft {
                day: 100 + 7 * n,
                ..Draft::default()
            });
        });
        let (value, tail) = hand.on_author("author", &SIGNAL).expect("read");
        assert!(value == 0.0 && tail < 0.1, "{value} {tail}");
    }
}
