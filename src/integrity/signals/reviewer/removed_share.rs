//! Much of it taken down.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("reviewer.removed_share", Family::Provenance),
    doc: SignalDoc {
        definition: "Share of its reviews that were taken down, by anybody. Among authors of like \
                     activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Platforms err, and authors take down their own; silent where nobody reports \
                     removals.",
        source: "ReviewMeta, deleted reviews; He, Hollenbeck and Proserpio, 2022 (removals \
                     follow fake reviews).",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.counted(AuthorSignal::RemovedShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn what_was_taken_down_counts() {
        let mut market = MarketFixture::crowd();
        let row = market.review(ReviewDraft::default());
        market.review(ReviewDraft::default());
        market.remove(row);
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 0.5 && tail < 0.1, "{value} {tail}");
    }
}
