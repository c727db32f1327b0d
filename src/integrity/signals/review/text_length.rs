//! A text of few words.

use super::super::{About, Family, Seen, Signal, read, weak};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::{Scale, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("review.text_length", Family::Text),
    about: About {
        definition: "Words of title and text, few being unusual, among reviews of its polarity and \
                     peer group. In scripts without spaces a character is a word.",
        unit: "words",
        honest: "Contented buyers write little; blame is longer, so that each is compared with \
                     its own kind.",
        source: "Rayana and Akoglu, KDD 2015 (RL); ReviewMeta, word count comparison.",
    },
    measure,
};

fn measure(seen: &Seen<'_>) -> Measure {
    if seen.review.words == 0 {
        return Measure::Silent("no text");
    }
    let side = seen.review.side();
    let bin = |seen: &Seen<'_>| {
        let counted = seen.review.words > 0 && seen.review.side() == side;
        counted.then(|| Scale::Count.bin(seen.review.words.into()))
    };
    let words = side.index();
    let compared = seen.among(|peers| &peers.marks.words[words], bin, Tail::Lower);
    read(seen.review.words.into(), compared)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn two_words_are_few() {
        let mut hand = Hand::crowd();
        let row = hand.review(Draft {
            body: "very good".to_owned(),
            ..Draft::default()
        });
        let (value, tail) = hand.on_review(row, &SIGNAL).expect("read");
        assert!(value == 2.0 && tail < 0.05, "{value} {tail}");
        let none = hand.review(Draft {
            body: String::new(),
            ..Draft::default()
        });
        assert_eq!(hand.on_review(none, &SIGNAL), None);
    }
}
