//! More praise than sales explain.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::{Measure, Spec};
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 2,
        ..spec("listing.reviews_per_order", Family::Provenance)
    },
    doc: SignalDoc {
        definition: "Praise for each order that is known; of a seller, on its listings of which any \
                     is. Among listings of like size in its peer group.",
        unit: "reviews an order",
        caveats: "A few buyers in a hundred write; goods that are sold elsewhere too have more.",
        source: "Mayzlin, Dover and Chevalier, AER 104, 2014 (cost of planting without a \
                     purchase); He, Hollenbeck and Proserpio, 2022.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.counted(ListingSignal::ReviewsPerOrder)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn praise_is_counted_an_order() {
        let mut market = MarketFixture::crowd();
        for n in 0..12 {
            market.review(ReviewDraft {
                author: format!("o{n}"),
                ..ReviewDraft::default()
            });
        }
        (0..4).for_each(|_| market.order("mine"));
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 3.0 && tail < 0.1, "{value} {tail}");
    }

    #[test]
    fn a_seller_is_measured_where_orders_are_known() {
        let mut market = MarketFixture::crowd();
        for name in ["told", "untold"] {
            market.listing(name, "both", "kettles", "a kettle of steel");
            for n in 0..6 {
                market.review(ReviewDraft {
                    listing: name,
                    author: format!("o{name}{n}"),
                    ..ReviewDraft::default()
                });
            }
        }
        (0..12).for_each(|_| market.order("told"));
        let (value, _) = market.on_seller("both", &SIGNAL).expect("read");
        assert_eq!(value, 0.5);
    }
}
