//! Measures how few words a review has.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::integrity::wording::number_of;
use crate::state::{Scale, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.text_length", Family::Text, fact)
        .weak()
        .compared(Comparison::Than("shorter")),
    doc: SignalDoc {
        definition: "Words of title and text, few being unusual. In scripts without spaces a \
                     character is a word. Compared with reviews of its polarity and peer group.",
        unit: "words",
        caveats: "Satisfied buyers write little and negative reviews are longer, so each polarity \
                  is compared with itself.",
        source: "Rayana and Akoglu, KDD 2015 (RL); ReviewMeta, word count comparison.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!("its text has {}", number_of(value, "word"))
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    if context.review.words == 0 {
        return Measure::Silent("no text");
    }
    let polarity = context.review.polarity();
    let bin = |context: &ReviewContext<'_>| {
        let counted = context.review.words > 0 && context.review.polarity() == polarity;
        counted.then(|| Scale::Count.bin(context.review.words.into()))
    };
    let words = polarity.index();
    let compared = context.among(|peers| &peers.marks.words[words], bin, Tail::Lower);
    read(context.review.words.into(), compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn text_of_two_words_has_a_small_tail() {
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
