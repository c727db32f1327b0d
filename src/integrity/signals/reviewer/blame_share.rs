//! Blame only.

use super::super::{Family, Signal, SignalDoc, weak};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.blame_share", Family::Rating),
    doc: SignalDoc {
        definition: "Share of its reviews with 1 or 2 stars. Among authors of like activity on the \
                     marketplace, a sample of them.",
        unit: "share, 0 to 1",
        caveats: "Some people write only when they are cross; attackers write nothing else.",
        source: "Rayana and Akoglu, KDD 2015 (NR, negative ratio).",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.walked(AuthorWalk::NegativeShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn blame_is_one_and_two_stars() {
        let mut market = MarketFixture::crowd();
        for (n, stars) in (0..6).zip([1, 2, 1, 1, 2, 5]) {
            market.review(ReviewDraft {
                stars,
                day: 100 + n,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(
            (value - 5.0 / 6.0).abs() < 1e-12 && tail < 0.1,
            "{value} {tail}"
        );
    }
}
