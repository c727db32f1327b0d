//! A text of few words.

use super::super::{Family, ReviewContext, Signal, SignalDoc, read, weak};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::{Scale, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("review.text_length", Family::Text),
    doc: SignalDoc {
        definition: "Words of title and text, few being unusual, among reviews of its polarity and \
                     peer group. In scripts without spaces a character is a word.",
        unit: "words",
        caveats: "Contented buyers write little; blame is longer, so that each is compared with \
                     its own kind.",
        source: "Rayana and Akoglu, KDD 2015 (RL); ReviewMeta, word count comparison.",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    if seen.review.words == 0 {
        return Measure::Silent("no text");
    }
    let polarity = seen.review.polarity();
    let bin = |seen: &ReviewContext<'_>| {
        let counted = seen.review.words > 0 && seen.review.polarity() == polarity;
        counted.then(|| Scale::Count.bin(seen.review.words.into()))
    };
    let words = polarity.index();
    let compared = seen.among(|peers| &peers.marks.words[words], bin, Tail::Lower);
    read(seen.review.words.into(), compared)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn two_words_are_few() {
        let mut market = MarketFixture::crowd();
        let row = market.review(ReviewDraft {
            body: "very good".to_owned(),
            ..ReviewDraft::default()
        });
        let (value, tail) = market.on_review(row, &SIGNAL).expect("read");
        assert!(value == 2.0 && tail < 0.05, "{value} {tail}");
        let none = market.review(ReviewDraft {
            body: String::new(),
            ..ReviewDraft::default()
        });
        assert_eq!(market.on_review(none, &SIGNAL), None);
    }
}
