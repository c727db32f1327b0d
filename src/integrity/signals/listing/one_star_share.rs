//! Measures the share of 1 star among a listing's negative reviews.

use super::super::{Signal, SignalDoc};
use super::{ListingContext, Measurer};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Overlap, Spec};
use crate::integrity::wording::percent;
use crate::state::{ListingWalk, Polarity};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "listing.attack.one_star_share",
        Family::Rating,
        Support::OneStar,
        fact,
    )
    .weak()
    .version(2)
    .only(Polarity::Negative)
    .overlapping(Overlap::Reviews),
    doc: SignalDoc {
        definition: "Share of 1 star among its negative reviews (1 and 2 stars). Compared with a \
                     sample of listings with as many negative reviews on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Angry buyers give one star more often than two, and a bad product is not an \
                  attack. It says little, however rare the value is.",
        source: "Mayzlin, Dover and Chevalier, AER 104, 2014 (one-star excess at competitors).",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!("{} of its negative reviews have 1 star", percent(value))
}

fn measure(listing: &ListingContext<'_>) -> Measure {
    listing.walked(ListingWalk::OneStarShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn two_star_reviews_are_negative() {
        let mut market = MarketFixture::crowd();
        for (n, listing) in (0..).zip([
            "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10", "l11", "l12",
        ]) {
            for stars in [1, 2, 1, 2, 2, 1] {
                market.review(ReviewDraft {
                    listing,
                    author: format!("x{n}{stars}"),
                    stars,
                    ..ReviewDraft::default()
                });
            }
        }
        for n in 0..10 {
            market.review(ReviewDraft {
                author: format!("y{n}"),
                stars: if n == 0 { 2 } else { 1 },
                ..ReviewDraft::default()
            });
        }
        // These make the reference sample be drawn again.
        (0..150).for_each(|n| {
            market.add(ReviewDraft {
                author: format!("z{n}"),
                ..ReviewDraft::default()
            });
        });
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 0.9 && tail < 0.2, "{value} {tail}");
    }
}
