//! Breaks of one length.

use super::super::{Family, Signal, SignalDoc, weak};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.gap_entropy", Family::Timing),
    doc: SignalDoc {
        definition: "Entropy of the lengths of its breaks between reviews, in doublings of days, \
                     over the most that so many breaks can have; little is unusual. At least four \
                     reviews. Among authors of like activity on the marketplace, a sample of them.",
        unit: "0 to 1",
        caveats: "Habits make rhythms, and one sitting has only breaks of nothing: weak.",
        source: "Rayana and Akoglu, KDD 2015 (ETG, entropy of temporal gaps).",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.walked(AuthorWalk::GapEntropy)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn a_review_a_week_has_no_entropy() {
        let mut market = MarketFixture::crowd();
        (0..8).for_each(|n| {
            market.add(ReviewDraft {
                day: 100 + 7 * n,
                ..ReviewDraft::default()
            });
        });
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 0.0 && tail < 0.1, "{value} {tail}");
    }
}
