//! Blamed in the same words.

use super::super::{About, Family, Signal, spec};
use super::{Measurer, Page};
use crate::integrity::Measure;
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.attack.near_duplicate_share", Family::Text),
    about: About {
        definition: "Share of its blame of at least five words that has a near-duplicate anywhere \
                     among blame. Among listings of like size in its peer group.",
        unit: "share, 0 to 1",
        honest: "Honest texts share their wording by accident, once in a while.",
        source: "Jindal and Liu, WSDM 2008.",
    },
    measure,
};

fn measure(page: &Page<'_>) -> Measure {
    page.counted(ListingSignal::BlameNearDuplicateShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn copies_of_blame_are_counted() {
        let mut hand = Hand::crowd();
        for listing in [
            "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10", "l11", "l12",
        ] {
            for n in 0..6 {
                let body = format!("{listing} broke {n} times in {n} weeks at {listing}");
                hand.review(Draft {
                    listing,
                    author: format!("u{listing}{n}"),
                    stars: 1,
                    body,
                    ..Draft::default()
                });
            }
        }
        for n in 0..6 {
            let body = "broke on the first day never buy this".to_owned();
            hand.review(Draft {
                author: format!("rival{n}"),
                stars: 1,
                body,
                ..Draft::default()
            });
        }
        let (value, tail) = hand.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.2, "{value} {tail}");
    }
}
