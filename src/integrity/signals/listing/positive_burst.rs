//! A week that is too dense with praise.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::{Measure, Spec};
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 3,
        ..spec("listing.positive_burst", Family::Timing)
    },
    doc: SignalDoc {
        definition: "How surprising its densest week of praise is, if chance alone spreads its \
                     praise over its days as everybody's praise is spread, so that a sale day is \
                     nobody's burst. Among listings of like size in its peer group, whose weeks are \
                     taken by days alone, which errs towards calling a burst usual.",
        unit: "negative decimal logarithm of the probability",
        caveats: "A mention somewhere brings an honest burst; so does a launch.",
        source: "Fei et al., ICWSM 2013; Naus, JASA 77, 1982 (scan statistic); Xie et al., KDD \
                     2012.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.counted(ListingSignal::PositiveBurst)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn a_week_of_twelve_is_dense_and_a_sale_is_not() {
        let mut market = MarketFixture::crowd();
        let at = |day, n| ReviewDraft {
            author: format!("b{n}"),
            day,
            ..ReviewDraft::default()
        };
        (0..8).for_each(|n| market.add(at(60 + 30 * n, n)));
        (0..12).for_each(|n| market.add(at(200 + n % 4, 20 + n)));
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value > 5.0 && tail < 0.1, "{value} {tail}");
        // Everybody else has the same days of sale.
        for listing in ["l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9"] {
            for n in 0..24 {
                let author = format!("s{listing}{n}");
                market.review(ReviewDraft {
                    listing,
                    author,
                    day: 200 + n % 4,
                    ..ReviewDraft::default()
                });
            }
        }
        let row = market
            .state
            .find_listing("shop.example", "mine")
            .expect("a listing");
        let listing = market.state.listings().get(row).expect("there");
        let around = market
            .state
            .baselines()
            .around((listing.group, listing.marketplace));
        let rhythm = listing.rhythms.of(crate::state::Polarity::Positive);
        let value = rhythm
            .measure_around(crate::state::Polarity::Positive, around)
            .expect("enough")
            .value;
        assert!(value < 2.0, "{value}");
    }
}
