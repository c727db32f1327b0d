//! More praise than sales explain.

use super::super::{About, Family, Signal, spec};
use super::{Measurer, Page};
use crate::integrity::{Measure, Spec};
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 2,
        ..spec("listing.reviews_per_order", Family::Provenance)
    },
    about: About {
        definition: "Praise for each order that is known; of a seller, on its listings of which any \
                     is. Among listings of like size in its peer group.",
        unit: "reviews an order",
        honest: "A few buyers in a hundred write; goods that are sold elsewhere too have more.",
        source: "Mayzlin, Dover and Chevalier, AER 104, 2014 (cost of planting without a \
                     purchase); He, Hollenbeck and Proserpio, 2022.",
    },
    measure,
};

fn measure(page: &Page<'_>) -> Measure {
    page.counted(ListingSignal::ReviewsPerOrder)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn praise_is_counted_an_order() {
        let mut hand = Hand::crowd();
        for n in 0..12 {
            hand.review(Draft {
                author: format!("o{n}"),
                ..Draft::default()
            });
        }
        (0..4).for_each(|_| hand.order("mine"));
        let (value, tail) = hand.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 3.0 && tail < 0.1, "{value} {tail}");
    }

    #[test]
    fn a_seller_is_measured_where_orders_are_known() {
        let mut hand = Hand::crowd();
        for name in ["told", "untold"] {
            hand.listing(name, "both", "kettles", "a kettle of steel");
            for n in 0..6 {
                hand.review(Draft {
                    listing: name,
                    author: format!("o{name}{n}"),
                    ..Draft::default()
                });
            }
        }
        (0..12).for_each(|_| hand.order("told"));
        let (value, _) = hand.on_seller("both", &SIGNAL).expect("read");
        assert_eq!(value, 0.5);
    }
}
