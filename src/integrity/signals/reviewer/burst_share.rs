//! Always where it is crowded.

use super::super::{About, Family, Signal, weak};
use super::{Author, Measurer};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.burst_share", Family::Timing),
    about: About {
        definition: "Share of its reviews that came in the densest week of their polarity at their \
                     listing; at least two. Among authors of like activity on the marketplace, a \
                     sample of them.",
        unit: "share, 0 to 1",
        honest: "Every listing has a densest week, and small ones have most of their reviews in \
                     it: peers say how many.",
        source: "Fei et al., ICWSM 2013 (reviewers in bursts).",
    },
    measure,
};

fn measure(author: &Author<'_>) -> Measure {
    author.walked(AuthorWalk::BurstShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn who_comes_in_bursts_is_seen() {
        let mut hand = Hand::crowd();
        for (listing, day) in [("l1", 400), ("l2", 410), ("l3", 420), ("l4", 430)] {
            for n in 0..9 {
                let author = if n == 0 {
                    "author".to_owned()
                } else {
                    format!("b{listing}{n}")
                };
                hand.review(Draft {
                    listing,
                    author,
                    day: day + n % 3,
                    ..Draft::default()
                });
            }
        }
        let (value, tail) = hand.on_author("author", &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.1, "{value} {tail}");
    }
}
