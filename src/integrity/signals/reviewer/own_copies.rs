//! Measures the share of an author's texts that repeat another text of the author.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "reviewer.own_copies",
        Family::Text,
        Support::Duplicate,
        fact,
    ),
    doc: SignalDoc {
        definition: "Share of its texts of at least five words that share a near-duplicate bucket \
                     with another text of its own. Compared with a sample of authors of similar \
                     activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Somebody may post one text for two variations of a product, seldom more.",
        source: "Rayana and Akoglu, KDD 2015 (ACS, MCS: similarity of own texts); Lim et al., \
                 CIKM 2010.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "{} of the author's longer texts repeat another text by the same author",
        percent(value)
    )
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.walked(AuthorWalk::OwnCopies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    /// Five pages of one product show the only review of an author.
    #[test]
    fn review_on_all_variations_of_a_product_is_no_copy_of_itself() {
        let mut market = MarketFixture::crowd();
        let pages = ["red", "blue", "green", "white", "black"];
        for listing in pages {
            market.variation(listing, "s1", "kettle");
        }
        let show = |listing| ReviewDraft {
            listing,
            second: Some(4_321),
            ..ReviewDraft::default()
        };
        let rows = pages.map(|listing| market.review(show(listing)));
        assert_eq!(market.on_author("author", &SIGNAL), None);
        assert_eq!(
            market.on_author("author", &super::super::one_seller_share::SIGNAL),
            None
        );
        let assessed =
            rows.map(|row| crate::integrity::own_signals::assess_review(&market.state, row));
        assert!(assessed.iter().all(|one| *one == assessed[0]));
        // Each page shows it, and its seller has it once.
        let listing = market.state.find_listing("shop.example", "green");
        let tally = market
            .state
            .listings()
            .get(listing.expect("known"))
            .expect("known")
            .tally;
        assert_eq!((tally.up(), tally.shown().up()), (1, 1));
    }

    #[test]
    fn text_used_twice_counts_twice() {
        let mut market = MarketFixture::crowd();
        // So that not all authors are alike.
        for author in ["author", "other"] {
            for body in [
                "this one works very well for us",
                "this one works very well for us",
            ] {
                let (author, body) = (author.to_owned(), body.to_owned());
                market.review(ReviewDraft {
                    author,
                    body,
                    ..ReviewDraft::default()
                });
            }
        }
        for n in 0..130 {
            market.review(ReviewDraft {
                author: format!("x{n}"),
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.1, "{value} {tail}");
    }
}
