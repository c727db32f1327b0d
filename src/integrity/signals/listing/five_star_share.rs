//! Measures the share of 5 stars among a listing's positive reviews.

use super::super::{Signal, SignalDoc};
use super::{ListingContext, Measurer};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Overlap, Spec};
use crate::integrity::wording::percent;
use crate::state::{ListingSignal, Polarity};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "listing.five_star_share",
        Family::Rating,
        Support::FiveStars,
        fact,
    )
    .weak()
    .version(2)
    .only(Polarity::Positive)
    .overlapping(Overlap::Reviews),
    doc: SignalDoc {
        definition: "Share of 5 stars among its positive reviews (4 and 5 stars). Compared with \
                     listings of similar size in its peer group.",
        unit: "share, 0 to 1",
        caveats: "Good products earn mostly five stars, and being loved is no evidence. It says \
                  little, however rare the value is.",
        source: "Mayzlin, Dover and Chevalier, AER 104, 2014 (distributions of ratings); \
                 ReviewMeta, rating distribution.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!("{} of its positive reviews have 5 stars", percent(value))
}

fn measure(listing: &ListingContext<'_>) -> Measure {
    listing.counted(ListingSignal::FiveStarShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn four_star_reviews_are_positive() {
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
