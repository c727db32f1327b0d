//! Blamed without a purchase.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::Measure;
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.attack.unverified_share", Family::Provenance),
    doc: SignalDoc {
        definition: "Share of its blame whose purchase the platform denies, where that is known. \
                     Among listings of like size in its peer group.",
        unit: "share, 0 to 1",
        caveats: "Who was given a bad present blames without a purchase.",
        source: "ReviewMeta, unverified purchases; Mayzlin, Dover and Chevalier, AER 104, 2014.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.counted(ListingSignal::NegativeUnverifiedShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn blame_without_a_purchase_is_counted() {
        let mut market = MarketFixture::crowd();
        for listing in [
            "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10", "l11", "l12",
        ] {
            for n in 0..6 {
                let author = format!("often{n}");
                market.review(ReviewDraft {
                    listing,
                    author,
                    stars: 1,
                    day: 70 + 40 * n,
                    body: super::super::super::fixture::words(7000 + n),
                    ..ReviewDraft::default()
                });
            }
        }
        for n in 0..6 {
            market.review(ReviewDraft {
                author: format!("rival{n}"),
                stars: 1,
                verified: Some(n == 0),
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(
            (value - 5.0 / 6.0).abs() < 1e-12 && tail < 0.2,
            "{value} {tail}"
        );
    }
}
