//! A whole life in a few days.

use super::super::{Family, Signal, SignalDoc, weak};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.life_span", Family::Timing),
    doc: SignalDoc {
        definition: "Days from its first review to its last, few being unusual, of authors with 2 \
                     to 64 reviews. Among authors of like activity on the marketplace, a sample of \
                     them.",
        unit: "days",
        caveats: "Who writes two reviews often writes both in one sitting; who writes ten seldom \
                     does.",
        source: "Mukherjee et al., KDD 2013 (BST, burst of activity); Xie et al., KDD 2012.",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.walked(AuthorWalk::LifeSpan)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn a_life_of_three_days_is_short() {
        let mut market = MarketFixture::crowd();
        for day in [100, 101, 101, 102, 103, 102] {
            market.review(ReviewDraft {
                day,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 3.0 && tail < 0.05, "{value} {tail}");
    }
}
