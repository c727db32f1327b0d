//! Blamed in the same words.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::Measure;
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.attack.near_duplicate_share", Family::Text),
    doc: SignalDoc {
        definition: "Share of its blame of at least five words that has a near-duplicate anywhere \
                     among blame. Among listings of like size in its peer group.",
        unit: "share, 0 to 1",
        caveats: "Honest texts share their wording by accident, once in a while.",
        source: "Jindal and Liu, WSDM 2008.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.counted(ListingSignal::NegativeNearDuplicateShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn copies_of_blame_are_counted() {
        let mut market = MarketFixture::crowd();
        for listing in [
            "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10", "l11", "l12",
        ] {
            for n in 0..6 {
                let body = format!("{listing} broke {n} times in {n} weeks at {listing}");
                market.review(ReviewDraft {
                    listing,
                    author: format!("u{listing}{n}"),
                    stars: 1,
                    body,
                    ..ReviewDraft::default()
                });
            }
        }
        for n in 0..6 {
            let body = "broke on the first day never buy this".to_owned();
            market.review(ReviewDraft {
                author: format!("rival{n}"),
                stars: 1,
                body,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.2, "{value} {tail}");
    }
}
