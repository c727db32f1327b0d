//! Praise only.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("reviewer.praise_share", Family::Rating),
    doc: SignalDoc {
        definition: "Share of its reviews with 4 or 5 stars. Among authors of like activity on the \
                     marketplace.",
        unit: "share, 0 to 1",
        caveats: "Most buyers are content, and most authors praise most of the time.",
        source: "Rayana and Akoglu, KDD 2015 (PR, positive ratio); Mukherjee et al., KDD 2013.",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.counted(AuthorSignal::PositiveShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn praise_is_four_and_five_stars() {
        let mut market = MarketFixture::crowd();
        for (n, stars) in (0..4).zip([5, 4, 3, 1]) {
            market.review(ReviewDraft {
                stars,
                day: 100 + n,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 0.5 && tail > 0.3, "{value} {tail}");
    }
}
