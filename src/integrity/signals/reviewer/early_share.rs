//! Always among the first.

use super::super::{About, Family, Signal, weak};
use super::{Author, Measurer};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.early_share", Family::Timing),
    about: About {
        definition: "Share of its reviews, where the listing's creation is known, within 30 days of \
                     it; at least two. Among authors of like activity on the marketplace, a sample \
                     of them.",
        unit: "share, 0 to 1",
        honest: "Lovers of novelties, and invited testers who disclose it, are early: weak.",
        source: "Rayana and Akoglu, KDD 2015 (ETF); Lim et al., CIKM 2010.",
    },
    measure,
};

fn measure(author: &Author<'_>) -> Measure {
    author.walked(AuthorWalk::EarlyShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn the_first_month_is_early() {
        let mut hand = Hand::crowd();
        for (listing, day) in [("l1", 55), ("l2", 70), ("l3", 79), ("l4", 300)] {
            hand.review(Draft {
                listing,
                day,
                ..Draft::default()
            });
        }
        let (value, tail) = hand.on_author("author", &SIGNAL).expect("read");
        assert!(value == 0.75 && tail < 0.1, "{value} {tail}");
    }
}
