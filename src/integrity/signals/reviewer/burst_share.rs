//! Always where it is crowded.

use super::super::{Family, Signal, SignalDoc, weak};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.burst_share", Family::Timing),
    doc: SignalDoc {
        definition: "Share of its reviews that came in the densest week of their polarity at their \
                     listing; at least two. Among authors of like activity on the marketplace, a \
                     sample of them.",
        unit: "share, 0 to 1",
        caveats: "Every listing has a densest week, and small ones have most of their reviews in \
                     it: peers say how many.",
        source: "Fei et al., ICWSM 2013 (reviewers in bursts).",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.walked(AuthorWalk::BurstShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn who_comes_in_bursts_is_seen() {
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
