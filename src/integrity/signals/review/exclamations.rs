//! Exclamation marks.

use super::super::{Family, ReviewContext, Signal, SignalDoc, read, weak};
use super::Measurer;
use crate::integrity::{Measure, Spec};
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 2,
        ..weak("review.exclamations", Family::Style)
    },
    doc: SignalDoc {
        definition: "Exclamation marks of title and text, of any script, among reviews of its peer \
                     group.",
        unit: "marks, the least of its step (0, 1, 2, 3, 5, 9, 17)",
        caveats: "Enthusiasm is honest more often than not: this says little by itself.",
        source: "Rayana and Akoglu, KDD 2015 (RES).",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    match seen.review.levels.value(Mark::Exclamations) {
        None => Measure::Silent("no text"),
        Some(value) => read(value, seen.among_marks(Mark::Exclamations, Tail::Upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn ten_marks_are_many() {
        let mut market = MarketFixture::crowd();
        let row = market.review(ReviewDraft {
            body: "great!!!!! buy it now!!!!!".to_owned(),
            ..ReviewDraft::default()
        });
        let (value, tail) = market.on_review(row, &SIGNAL).expect("read");
        assert!(value == 9.0 && tail < 0.02, "{value} {tail}");
        let plain = market.review(ReviewDraft::default());
        assert!(market.on_review(plain, &SIGNAL).expect("read").1 > 0.4);
    }
}
