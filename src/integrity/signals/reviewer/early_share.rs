//! Measures the share of an author's reviews that came early in their listing's life.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews("reviewer.early_share", Family::Timing, Support::Up, fact).weak(),
    doc: SignalDoc {
        definition: "Share of its reviews, where the listing's creation is known, within 30 days \
                     of it; at least two reviews. Compared with a sample of authors of similar \
                     activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "People who love new products, and invited testers who disclose it, are early. \
                  It is weak.",
        source: "Rayana and Akoglu, KDD 2015 (ETF); Lim et al., CIKM 2010.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "{} of the author's reviews came in the first 30 days of a listing, counting only listings with a known start",
        percent(value)
    )
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.walked(AuthorWalk::EarlyShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn reviews_of_the_first_month_are_early() {
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
