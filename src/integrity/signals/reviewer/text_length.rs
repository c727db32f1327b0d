//! Few words, again and again.

use super::super::{About, Family, Signal, weak};
use super::{Author, Measurer};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.text_length", Family::Text),
    about: About {
        definition: "Mean words of its texts, few being unusual; at least two texts. Among authors \
                     of like activity on the marketplace, a sample of them.",
        unit: "words",
        honest: "Terse people are honest too, and there are many of them: weak.",
        source: "Rayana and Akoglu, KDD 2015 (ARL, average review length); ReviewMeta, word \
                     count comparison.",
    },
    measure,
};

fn measure(author: &Author<'_>) -> Measure {
    author.walked(AuthorWalk::TextLength)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn two_words_each_are_few() {
        let mut hand = Hand::crowd();
        for body in ["very good", "so nice"] {
            hand.review(Draft {
                body: body.to_owned(),
                ..Draft::default()
            });
        }
        let (value, tail) = hand.on_author("author", &SIGNAL).expect("read");
        assert!(value == 2.0 && tail < 0.05, "{value} {tail}");
    }
}
