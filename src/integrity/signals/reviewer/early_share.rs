//! Always among the first.

use super::super::{Family, Signal, SignalDoc, weak};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.early_share", Family::Timing),
    doc: SignalDoc {
        definition: "Share of its reviews, where the listing's creation is known, within 30 days of \
                     it; at least two. Among authors of like activity on the marketplace, a sample \
                     of them.",
        unit: "share, 0 to 1",
        caveats: "Lovers of novelties, and invited testers who disclose it, are early: weak.",
        source: "Rayana and Akoglu, KDD 2015 (ETF); Lim et al., CIKM 2010.",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.walked(AuthorWalk::EarlyShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn the_first_month_is_early() {
        let mut market = MarketFixture::crowd();
        for (listing, day) in [("l1", 55), ("l2", 70), ("l3", 79), ("l4", 300)] {
            market.review(ReviewDraft {
                listing,
                day,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 0.75 && tail < 0.1, "{value} {tail}");
    }
}
