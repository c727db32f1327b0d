//! Praised by people who never wrote before or after.

use super::super::{About, Family, Signal, spec};
use super::{Measurer, Page};
use crate::integrity::Measure;
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.one_time_author_share", Family::Author),
    about: About {
        definition: "Share of its praise whose author has no other review on the marketplace. Among \
                     listings of like size in its peer group.",
        unit: "share, 0 to 1",
        honest: "A third and more of honest authors write once; a young marketplace has nothing \
                     else.",
        source: "Xie et al., KDD 2012 (singleton reviews); ReviewMeta, one-hit wonders.",
    },
    measure,
};

fn measure(page: &Page<'_>) -> Measure {
    page.counted(ListingSignal::OneTimeAuthorShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn authors_of_one_review_are_counted() {
        let mut hand = Hand::crowd();
        for n in 0..10 {
            hand.review(Draft {
                author: format!("new{n}"),
                ..Draft::default()
            });
        }
        hand.review(Draft {
            author: "often1".to_owned(),
            ..Draft::default()
        });
        let (value, tail) = hand.on_listing("mine", &SIGNAL).expect("read");
        assert!(
            (value - 10.0 / 11.0).abs() < 1e-12 && tail < 0.1,
            "{value} {tail}"
        );
    }
}
