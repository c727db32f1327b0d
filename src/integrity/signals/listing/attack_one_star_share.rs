//! One star and hardly a two.

use super::super::{Family, Signal, SignalDoc, weak};
use super::{ListingContext, Measurer};
use crate::integrity::{Measure, Spec};
use crate::state::ListingWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 2,
        ..weak("listing.attack.one_star_share", Family::Rating)
    },
    doc: SignalDoc {
        definition: "Share of 1 star among its blame (1 and 2 stars). Among a sample of listings \
                     with as much blame on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Cross buyers give one star more often than two, and a bad product is not an \
                 attack: it says little, however rare.",
        source: "Mayzlin, Dover and Chevalier, AER 104, 2014 (one-star excess at competitors).",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.walked(ListingWalk::OneStarShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn twos_are_blame_too() {
        let mut market = MarketFixture::crowd();
        for (n, listing) in (0..).zip([
            "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10", "l11", "l12",
        ]) {
            for stars in [1, 2, 1, 2, 2, 1] {
                market.review(ReviewDraft {
                    listing,
                    author: format!("x{n}{stars}"),
                    stars,
                    ..ReviewDraft::default()
                });
            }
        }
        for n in 0..10 {
            market.review(ReviewDraft {
                author: format!("y{n}"),
                stars: if n == 0 { 2 } else { 1 },
                ..ReviewDraft::default()
            });
        }
        // So that the sample is taken anew.
        (0..150).for_each(|n| {
            market.add(ReviewDraft {
                author: format!("z{n}"),
                ..ReviewDraft::default()
            });
        });
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 0.9 && tail < 0.2, "{value} {tail}");
    }
}
