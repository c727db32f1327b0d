//! A month that is too dense with praise.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::Measure;
use crate::state::ListingWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.praise_surge", Family::Timing),
    doc: SignalDoc {
        definition: "As the burst, for its densest four weeks: pushes that hide take their time. \
                     Among a sample of listings of like size on the marketplace, whose weeks are \
                     counted by how busy everybody was too.",
        unit: "negative decimal logarithm of the probability",
        caveats: "Seasonal goods of a category rise together, which does not count; a lasting \
                     honest success rises too.",
        source: "He, Hollenbeck and Proserpio, 2022 (campaigns last 23 days on average); Naus, \
                     JASA 77, 1982.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.walked(ListingWalk::PositiveSurge)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn a_dense_month_is_seen() {
        let mut market = MarketFixture::crowd();
        let at = |day, n| ReviewDraft {
            author: format!("b{n}"),
            day,
            ..ReviewDraft::default()
        };
        (0..10).for_each(|n| market.add(at(60 + 28 * n, n)));
        (0..20).for_each(|n| market.add(at(180 + n, 20 + n)));
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value > 5.0 && tail < 0.1, "{value} {tail}");
    }
}
