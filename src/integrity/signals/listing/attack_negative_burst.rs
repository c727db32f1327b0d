//! A week that is too dense with blame.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::{Measure, Spec};
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 3,
        ..spec("listing.attack.negative_burst", Family::Timing)
    },
    doc: SignalDoc {
        definition: "How surprising its densest week of blame is, if chance alone spreads its blame \
                     over its days as everybody's blame is spread. Among listings of like size in \
                     its peer group, whose weeks are taken by days alone.",
        unit: "negative decimal logarithm of the probability",
        caveats: "A bad batch or a late carrier brings an honest burst of blame.",
        source: "Fei et al., ICWSM 2013; Naus, JASA 77, 1982 (scan statistic).",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.counted(ListingSignal::NegativeBurst)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn a_week_of_blame_is_dense() {
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
        for n in 0..16 {
            let day = if n < 6 { 70 + 40 * n } else { 200 + n % 3 };
            market.review(ReviewDraft {
                author: format!("rival{n}"),
                stars: 1,
                day,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value > 4.0 && tail < 0.2, "{value} {tail}");
    }
}
