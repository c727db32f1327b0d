//! The same wording again by the same hand.

use super::super::{About, Family, Signal, spec};
use super::{Author, Measurer};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("reviewer.own_copies", Family::Text),
    about: About {
        definition: "Share of its texts of at least five words that share a near-duplicate bucket \
                     with another of its own. Among authors of like activity on the marketplace, a \
                     sample of them.",
        unit: "share, 0 to 1",
        honest: "Somebody may post one text for two variations of a product, seldom more.",
        source: "Rayana and Akoglu, KDD 2015 (ACS, MCS: similarity of own texts); Lim et al., \
                     CIKM 2010.",
    },
    measure,
};

fn measure(author: &Author<'_>) -> Measure {
    author.walked(AuthorWalk::OwnCopies)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn a_text_used_twice_counts_twice() {
        let mut hand = Hand::crowd();
        // So that not all authors are alike.
        for author in ["author", "other"] {
            for body in [
                "this one works very well for us",
                "this one works very well for us",
            ] {
                let (author, body) = (author.to_owned(), body.to_owned());
                hand.review(Draft {
                    author,
                    body,
                    ..Draft::default()
                });
            }
        }
        for n in 0..130 {
            hand.review(Draft {
                author: format!("x{n}"),
                ..Draft::default()
            });
        }
        let (value, tail) = hand.on_author("author", &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.1, "{value} {tail}");
    }
}
