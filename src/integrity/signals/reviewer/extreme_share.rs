//! One star or five, nothing between.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("reviewer.extreme_share", Family::Rating),
    doc: SignalDoc {
        definition: "Share of its reviews with 1 or 5 stars. Among authors of like activity on the \
                     marketplace.",
        unit: "share, 0 to 1",
        caveats: "Ratings are J-shaped: five stars are the most frequent rating of honest \
                     authors too.",
        source: "Mukherjee et al., KDD 2013 (extremity of rating); Rayana and Akoglu, KDD 2015 \
                     (EXT).",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.counted(AuthorSignal::ExtremeShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn extremes_are_one_and_five_stars() {
        let mut market = MarketFixture::crowd();
        for (n, stars) in (0..5).zip([5, 4, 3, 1, 5]) {
            market.review(ReviewDraft {
                stars,
                day: 100 + n,
                ..ReviewDraft::default()
            });
        }
        assert_eq!(market.on_author("author", &SIGNAL).expect("read").0, 0.6);
    }
}
