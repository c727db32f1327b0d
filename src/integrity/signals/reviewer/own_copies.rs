//! The same wording again by the same hand.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("reviewer.own_copies", Family::Text),
    doc: SignalDoc {
        definition: "Share of its texts of at least five words that share a near-duplicate bucket \
                     with another of its own. Among authors of like activity on the marketplace, a \
                     sample of them.",
        unit: "share, 0 to 1",
        caveats: "Somebody may post one text for two variations of a product, seldom more.",
        source: "Rayana and Akoglu, KDD 2015 (ACS, MCS: similarity of own texts); Lim et al., \
                     CIKM 2010.",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.walked(AuthorWalk::OwnCopies)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn a_text_used_twice_counts_twice() {
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
