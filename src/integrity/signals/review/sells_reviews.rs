//! Records whether a review advertises reviews that are for sale.

use super::super::{FAKE, ReviewContext, Signal, SignalDoc, stated};
use super::Measurer;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::state::Mark;

/// Share of honest reviews that read like an advert for reviews: none of 45,147 real reviews of six sets
/// did, so half a review, rounded up.
const TAIL: f64 = 2e-5;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        cap: 6.0,
        ..Spec::of_review("review.sells_reviews", Family::Statement, fact)
            .indicating(FAKE)
            .compared(Comparison::None)
    },
    doc: SignalDoc {
        definition: "Whether it offers reviews or stars for sale: words of a deal, of reviews, and \
                     of a messenger or an address within 18 words, in 8 languages. Abstains \
                     otherwise.",
        unit: "0 or 1",
        caveats: "People warn of such offers. Texts that speak of other people, of the seller or of \
                  a report are not read as offers.",
        source: "US 16 CFR 465.2; CMA, Fake online reviews, 2023; SAMR (China), Provisions on \
                 Online Anti-Unfair Competition, 2024, article 9.",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value > 0.5 {
        "it offers reviews for sale and says how to get in contact".to_owned()
    } else {
        "it offers no reviews for sale".to_owned()
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    stated(context, Mark::Sells, |_| TAIL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn advert_counts_and_a_warning_does_not() {
        let mut market = MarketFixture::crowd();
        let mut read = |body: &str| {
            let row = market.review(ReviewDraft {
                body: body.to_owned(),
                ..ReviewDraft::default()
            });
            market.on_review(row, &SIGNAL)
        };
        let advert = read("5 star reviews cheap, contact Telegram @starshop");
        assert_eq!(advert, Some((1.0, TAIL)));
        let warning = "Beware, they buy cheap reviews, I saw them contact people on Telegram";
        assert_eq!(read(warning), None);
    }
}
