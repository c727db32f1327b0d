//! Shouting.

use super::super::{Family, ReviewContext, Signal, SignalDoc, read, weak};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("review.capitals", Family::Style),
    doc: SignalDoc {
        definition: "Share of capitals among the letters of title and text, among reviews of its \
                     peer group. Scripts without capitals have none.",
        unit: "share, the least of its step",
        caveats: "Names and sentence starts make up to a tenth; some people never release the \
                     key.",
        source: "Rayana and Akoglu, KDD 2015 (PCW).",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    match seen.review.levels.value(Mark::Capitals) {
        None => Measure::Silent("no text"),
        Some(value) => read(value, seen.among_marks(Mark::Capitals, Tail::Upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn shouting_stands_out() {
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
