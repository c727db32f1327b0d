//! Measures how few days lie between an author's first and last review.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::integrity::wording::number_of;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews("reviewer.life_span", Family::Timing, Support::Up, fact)
        .weak()
        .compared(Comparison::Than("shorter")),
    doc: SignalDoc {
        definition: "Days from its first review to its last, few being unusual, for authors with \
                     2 to 64 reviews. Compared with a sample of authors of similar activity on \
                     the marketplace.",
        unit: "days",
        caveats: "An author of two reviews often writes both in one sitting; an author of ten \
                  seldom does.",
        source: "Mukherjee et al., KDD 2013 (BST, burst of activity); Xie et al., KDD 2012.",
    },
    measure,
};

fn fact(value: f64) -> String {
    let days = number_of(value + 1.0, "day");
    format!("all of the author's dated reviews were written within {days}")
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.walked(AuthorWalk::LifeSpan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn life_span_of_three_days_has_a_small_tail() {
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
