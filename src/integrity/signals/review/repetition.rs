//! The same words again and again.

use super::super::{Family, ReviewContext, Signal, SignalDoc, read, weak};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("review.repetition", Family::Style),
    doc: SignalDoc {
        definition: "How few of a text's words are distinct: one less Herdan's C, which depends \
                     little on length; among reviews of its peer group. A description that takes \
                     few bits.",
        unit: "1 - ln V / ln N of V distinct among N words, the least of its step",
        caveats: "Long texts repeat a little; lists and spellings may repeat more.",
        source: "Herdan, 1960 (type-token ratio); Rayana and Akoglu, KDD 2015 (DL, description \
                     length).",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    match seen.review.levels.value(Mark::Repetition) {
        None => Measure::Silent("fewer than 10 words"),
        Some(value) => read(value, seen.among_marks(Mark::Repetition, Tail::Upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn one_phrase_over_and_over_stands_out() {
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
