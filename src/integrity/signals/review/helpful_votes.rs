//! More helpful votes than reviews like it get.

use super::super::{Family, ReviewContext, Signal, SignalDoc, read, weak};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("review.helpful_votes", Family::Provenance),
    doc: SignalDoc {
        definition: "Readers who found it helpful, many being unusual, among reviews of its peer \
                     group: votes are bought together with reviews.",
        unit: "votes, the least of its step (0, 1, 2, 4, 8, 16, 64)",
        caveats: "A good early review collects votes for years; this is weak, and counts as \
                     provenance.",
        source: "He, Hollenbeck and Proserpio, Marketing Science 41, 2022; ReviewMeta, helpful \
                     votes.",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    match seen.review.levels.value(Mark::Helpful) {
        None => Measure::Silent("votes are unknown"),
        Some(value) => read(value, seen.among_marks(Mark::Helpful, Tail::Upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn many_votes_stand_out() {
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
