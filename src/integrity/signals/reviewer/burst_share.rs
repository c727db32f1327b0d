//! Measures the share of an author's reviews that came in a listing's busiest week.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "reviewer.burst_share",
        Family::Timing,
        Support::BusiestWeek,
        fact,
    )
    .weak(),
    doc: SignalDoc {
        definition: "Share of its reviews that came in the densest week of their polarity at \
                     their listing; at least two reviews. Compared with a sample of authors of \
                     similar activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Every listing has a densest week, and small ones have most of their reviews in \
                  it: peers show how many.",
        source: "Fei et al., ICWSM 2013 (reviewers in bursts).",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "{} of the author's reviews came in the busiest week of a listing",
        percent(value)
    )
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.walked(AuthorWalk::BurstShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn author_in_bursts_has_a_small_tail() {
        let mut market = MarketFixture::crowd();
        for (listing, day) in [("l1", 400), ("l2", 410), ("l3", 420), ("l4", 430)] {
            for n in 0..9 {
                let author = if n == 0 {
                    "author".to_owned()
                } else {
                    format!("b{listing}{n}")
                };
                market.review(ReviewDraft {
                    listing,
                    author,
                    day: day + n % 3,
                    ..ReviewDraft::default()
                });
            }
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.1, "{value} {tail}");
    }
}
