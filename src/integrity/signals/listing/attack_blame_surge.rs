//! A month that is too dense with blame.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::Measure;
use crate::state::ListingWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.attack.blame_surge", Family::Timing),
    doc: SignalDoc {
        definition: "As the burst of blame, for its densest four weeks. Among a sample of listings \
                     with as much blame on the marketplace.",
        unit: "negative decimal logarithm of the probability",
        caveats: "A change of supplier shows like this too.",
        source: "Mayzlin, Dover and Chevalier, AER 104, 2014; Naus, JASA 77, 1982.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.walked(ListingWalk::NegativeSurge)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn a_month_of_blame_is_dense() {
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
        for n in 0..26 {
            let day = if n < 6 { 70 + 40 * n } else { 190 + n };
            market.review(ReviewDraft {
                author: format!("rival{n}"),
                stars: 1,
                day,
                ..ReviewDraft::default()
            });
        }
        (0..150).for_each(|n| {
            market.add(ReviewDraft {
                author: format!("z{n}"),
                ..ReviewDraft::default()
            });
        });
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value > 4.0 && tail < 0.2, "{value} {tail}");
    }
}
