//! Measures the share of an author's reviews that are of one seller.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "reviewer.one_seller_share",
        Family::Author,
        Support::Up,
        fact,
    )
    .weak(),
    doc: SignalDoc {
        definition: "Share of its reviews, where the seller is known, that are of the seller it \
                     reviews most; at least two reviews. Compared with a sample of authors of \
                     similar activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Regular customers and followers of a brand look like this, and brands want \
                  them. It is weak.",
        source: "Mukherjee et al., WWW 2012 (group spam); Xu et al., CIKM 2013 (colluders target \
                 the same brands).",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "{} of the author's reviews are about one seller, counting only those with a known seller",
        percent(value)
    )
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.walked(AuthorWalk::OneSellerShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn share_counts_reviews_of_the_most_reviewed_seller() {
        let mut market = MarketFixture::crowd();
        // Sellers are the listings' last digits.
        for listing in ["l3", "l13", "l23", "l3", "l4"] {
            market.review(ReviewDraft {
                listing,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 0.8 && tail < 0.2, "{value} {tail}");
    }
}
