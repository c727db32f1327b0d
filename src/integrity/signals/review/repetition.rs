//! Measures how much a review repeats its words.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.repetition", Family::Style, fact).weak(),
    doc: SignalDoc {
        definition: "How few of a text's words are distinct: one less Herdan's C, which depends \
                     little on length. Compared with reviews of its peer group.",
        unit: "1 - ln V / ln N of V distinct among N words, the least of its step",
        caveats: "Long texts repeat a little; lists and spellings may repeat more.",
        source: "Herdan, 1960 (type-token ratio); Rayana and Akoglu, KDD 2015 (DL, description \
                 length).",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value == 0.0 {
        "it repeats hardly any words".to_owned()
    } else {
        format!("it repeats words, with a repetition index of {value:.2} or more")
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    match context.review.levels.value(Mark::Repetition) {
        None => Measure::Silent("fewer than 10 words"),
        Some(value) => read(value, context.among_marks(Mark::Repetition, Tail::Upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn repeated_phrase_has_a_small_tail() {
        let mut market = MarketFixture::crowd();
        let row = market.review(ReviewDraft {
            body: "very good product ".repeat(8),
            ..ReviewDraft::default()
        });
        let (value, tail) = market.on_review(row, &SIGNAL).expect("read");
        assert!(value == 0.2 && tail < 0.15, "{value} {tail}");
        let short = market.review(ReviewDraft {
            body: "very very very good".to_owned(),
            ..ReviewDraft::default()
        });
        assert_eq!(market.on_review(short, &SIGNAL), None);
    }
}
