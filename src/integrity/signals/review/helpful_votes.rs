//! Measures whether a review has more helpful votes than similar reviews.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.helpful_votes", Family::Provenance, fact).weak(),
    doc: SignalDoc {
        definition: "Readers who found it helpful, many being unusual: votes are bought together \
                     with reviews. Compared with reviews of its peer group.",
        unit: "votes, the least of its step (0, 1, 2, 4, 8, 16, 64)",
        caveats: "A good early review collects votes for years. It is weak, and counts as \
                  provenance.",
        source: "He, Hollenbeck and Proserpio, Marketing Science 41, 2022; ReviewMeta, helpful \
                 votes.",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value == 0.0 {
        "no reader marked it as helpful".to_owned()
    } else if value < 2.0 {
        "1 reader marked it as helpful".to_owned()
    } else {
        format!("{value:.0} or more readers marked it as helpful")
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    match context.review.levels.value(Mark::Helpful) {
        None => Measure::Silent("votes are unknown"),
        Some(value) => read(value, context.among_marks(Mark::Helpful, Tail::Upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn many_helpful_votes_have_a_small_tail() {
        let mut market = MarketFixture::crowd();
        let row = market.review(ReviewDraft {
            helpful: Some(80),
            ..ReviewDraft::default()
        });
        let (value, tail) = market.on_review(row, &SIGNAL).expect("read");
        assert!(value == 64.0 && tail < 0.02, "{value} {tail}");
        let unknown = market.review(ReviewDraft {
            helpful: None,
            ..ReviewDraft::default()
        });
        assert_eq!(market.on_review(unknown, &SIGNAL), None);
    }
}
