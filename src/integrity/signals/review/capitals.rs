//! Measures the share of capital letters.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.capitals", Family::Style, fact).weak(),
    doc: SignalDoc {
        definition: "Share of capitals among the letters of title and text. Scripts without \
                     capitals have none. Compared with reviews of its peer group.",
        unit: "share, the least of its step",
        caveats: "Names and sentence starts make up to a tenth. Some people write everything in \
                  capitals.",
        source: "Rayana and Akoglu, KDD 2015 (PCW).",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value == 0.0 {
        "less than 2 % of its letters are capital letters".to_owned()
    } else {
        format!(
            "{} or more of its letters are capital letters",
            percent(value)
        )
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    match context.review.levels.value(Mark::Capitals) {
        None => Measure::Silent("no text"),
        Some(value) => read(value, context.among_marks(Mark::Capitals, Tail::Upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn text_in_capitals_has_a_small_tail() {
        let mut market = MarketFixture::crowd();
        let row = market.review(ReviewDraft {
            body: "BUY THIS KETTLE NOW it is good".to_owned(),
            ..ReviewDraft::default()
        });
        // 16 of 24 letters.
        let (value, tail) = market.on_review(row, &SIGNAL).expect("read");
        assert!(value == 0.4 && tail < 0.02, "{value} {tail}");
    }
}
