//! Counts exclamation marks.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.exclamations", Family::Style, fact)
        .weak()
        .version(2),
    doc: SignalDoc {
        definition: "Exclamation marks of title and text, in any script. Compared with reviews of \
                     its peer group.",
        unit: "marks, the least of its step (0, 1, 2, 3, 5, 9, 17)",
        caveats: "Enthusiasm is honest more often than not: this says little by itself.",
        source: "Rayana and Akoglu, KDD 2015 (RES).",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value < 1.0 {
        "it has no exclamation marks".to_owned()
    } else {
        format!("it has {value:.0} or more exclamation marks")
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    match context.review.levels.value(Mark::Exclamations) {
        None => Measure::Silent("no text"),
        Some(value) => read(value, context.among_marks(Mark::Exclamations, Tail::Upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn ten_exclamation_marks_have_a_small_tail() {
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
