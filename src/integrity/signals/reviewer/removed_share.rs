//! Measures the share of an author's reviews that were taken down.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "reviewer.removed_share",
        Family::Provenance,
        Support::Removed,
        fact,
    ),
    doc: SignalDoc {
        definition: "Share of its reviews that were taken down, by anybody. Compared with authors \
                     of similar activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Platforms make mistakes, and authors take down their own reviews. It abstains \
                  where nobody reports removals.",
        source: "ReviewMeta, deleted reviews; He, Hollenbeck and Proserpio, 2022 (removals follow \
                 fake reviews).",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!("{} of the author's reviews were taken down", percent(value))
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.counted(AuthorSignal::RemovedShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn removed_reviews_are_counted() {
        let mut market = MarketFixture::crowd();
        let row = market.review(ReviewDraft::default());
        market.review(ReviewDraft::default());
        market.remove(row);
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 0.5 && tail < 0.1, "{value} {tail}");
    }
}
