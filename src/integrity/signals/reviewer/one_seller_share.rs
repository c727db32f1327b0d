//! Loyal to one seller.

use super::super::{About, Family, Signal, weak};
use super::{Author, Measurer};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.one_seller_share", Family::Author),
    about: About {
        definition: "Share of its reviews, where the seller is known, that are of the seller it \
                     reviews most; at least two. Among authors of like activity on the marketplace, \
                     a sample of them.",
        unit: "share, 0 to 1",
        honest: "Regular customers and brand followers look like it, and brands want them: it \
                     is weak.",
        source: "Mukherjee et al., WWW 2012 (group spam); Xu et al., CIKM 2013 (colluders \
                     target the same brands).",
    },
    measure,
};

fn measure(author: &Author<'_>) -> Measure {
    author.walked(AuthorWalk::OneSellerShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn one_seller_only_is_loyal() {
        let mut hand = Hand::crowd();
        // Sellers are the listings' last digits.
        for listing in ["l3", "l13", "l23", "l3", "l4"] {
            hand.review(Draft {
                listing,
                ..Draft::default()
            });
        }
        let (value, tail) = hand.on_author("author", &SIGNAL).expect("read");
        assert!(value == 0.8 && tail < 0.2, "{value} {tail}");
    }
}
