//! Loyal to one seller.

use super::super::{Family, Signal, SignalDoc, weak};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.one_seller_share", Family::Author),
    doc: SignalDoc {
        definition: "Share of its reviews, where the seller is known, that are of the seller it \
                     reviews most; at least two. Among authors of like activity on the marketplace, \
                     a sample of them.",
        unit: "share, 0 to 1",
        caveats: "Regular customers and brand followers look like it, and brands want them: it \
                     is weak.",
        source: "Mukherjee et al., WWW 2012 (group spam); Xu et al., CIKM 2013 (colluders \
                     target the same brands).",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.walked(AuthorWalk::OneSellerShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn one_seller_only_is_loyal() {
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
