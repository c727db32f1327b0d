//! Blame only.

use super::super::{About, Family, Signal, weak};
use super::{Author, Measurer};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.blame_share", Family::Rating),
    about: About {
        definition: "Share of its reviews with 1 or 2 stars. Among authors of like activity on the \
                     marketplace, a sample of them.",
        unit: "share, 0 to 1",
        honest: "Some people write only when they are cross; attackers write nothing else.",
        source: "Rayana and Akoglu, KDD 2015 (NR, negative ratio).",
    },
    measure,
};

fn measure(author: &Author<'_>) -> Measure {
    author.walked(AuthorWalk::BlameShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn blame_is_one_and_two_stars() {
        let mut hand = Hand::crowd();
        for (n, stars) in (0..6).zip([1, 2, 1, 1, 2, 5]) {
            hand.review(Draft {
                stars,
                day: 100 + n,
                ..Draft::default()
            });
        }
        let (value, tail) = hand.on_author("author", &SIGNAL).expect("read");
        assert!(
            (value - 5.0 / 6.0).abs() < 1e-12 && tail < 0.1,
            "{value} {tail}"
        );
    }
}
