//! Measures how regular the breaks between an author's reviews are.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews("reviewer.gap_entropy", Family::Timing, Support::Up, fact)
        .weak()
        .compared(Comparison::Than("lower")),
    doc: SignalDoc {
        definition: "Entropy of the lengths of its breaks between reviews, in doublings of days, \
                     over the most that so many breaks can have; little is unusual. At least four \
                     reviews. Compared with a sample of authors of similar activity on the \
                     marketplace.",
        unit: "0 to 1",
        caveats: "Habits make rhythms, and one sitting has only breaks of no length. It is weak.",
        source: "Rayana and Akoglu, KDD 2015 (ETG, entropy of temporal gaps).",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "the time between the author's reviews varies {} as much as it could",
        percent(value)
    )
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.walked(AuthorWalk::GapEntropy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn weekly_reviews_have_no_gap_entropy() {
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
