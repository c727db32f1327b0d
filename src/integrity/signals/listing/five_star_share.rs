//! Five stars and hardly a four.

use super::super::{Family, Signal, SignalDoc, weak};
use super::{ListingContext, Measurer};
use crate::integrity::{Measure, Spec};
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 2,
        ..weak("listing.five_star_share", Family::Rating)
    },
    doc: SignalDoc {
        definition: "Share of 5 stars among its praise (4 and 5 stars). Among listings of like size \
                     in its peer group.",
        unit: "share, 0 to 1",
        caveats: "Good goods earn mostly fives, and to be loved is no evidence: it says little, \
                 however rare.",
        source: "Mayzlin, Dover and Chevalier, AER 104, 2014 (distributions of ratings); \
                     ReviewMeta, rating distribution.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.counted(ListingSignal::FiveStarShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn fours_are_praise_too() {
        let mut market = MarketFixture::crowd();
        for stars in [5, 5, 5, 4, 5, 5, 1, 3] {
            market.review(ReviewDraft {
                author: format!("a{stars}"),
                stars,
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
