//! Measures the share of an author's reviews that are positive.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::detect::DetectorTerm;
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Overlap, Spec};
use crate::integrity::wording::percent;
use crate::state::{AuthorSignal, Polarity};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews("reviewer.praise_share", Family::Rating, Support::Up, fact)
        .only(Polarity::Positive)
        .overlapping(Overlap::Detector(DetectorTerm::Stars)),
    doc: SignalDoc {
        definition: "Share of its reviews with 4 or 5 stars. Compared with authors of similar \
                     activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Most buyers are satisfied, and most authors write positive reviews most of the \
                  time.",
        source: "Rayana and Akoglu, KDD 2015 (PR, positive ratio); Mukherjee et al., KDD 2013.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!("{} of the author's reviews are positive", percent(value))
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.counted(AuthorSignal::PositiveShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn four_and_five_star_reviews_are_positive() {
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
