//! Measures how many positive reviews a listing has for each known order.

use super::super::{Signal, SignalDoc};
use super::{ListingContext, Measurer, REVIEWS_PER_ORDER};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::state::{ListingSignal, Polarity};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(REVIEWS_PER_ORDER, Family::Provenance, Support::Up, fact)
        .version(2)
        .only(Polarity::Positive),
    doc: SignalDoc {
        definition: "Positive reviews for each known order. For a seller, on the listings with \
                     known orders. Silent where a fifth of the reviews are shown on other \
                     variations, too: orders are of one variation. Compared with listings of similar size in its peer group.",
        unit: "reviews an order",
        caveats: "A few buyers in a hundred write a review. Products that are also sold elsewhere \
                  have more.",
        source: "Mayzlin, Dover and Chevalier, AER 104, 2014 (cost of planting without a \
                 purchase); He, Hollenbeck and Proserpio, 2022.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "it has {:.1} positive reviews for every 100 known orders",
        100.0 * value
    )
}

fn measure(listing: &ListingContext<'_>) -> Measure {
    listing.counted(ListingSignal::ReviewsPerOrder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn positive_reviews_are_divided_by_orders() {
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
    fn seller_is_measured_on_listings_with_known_orders() {
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
