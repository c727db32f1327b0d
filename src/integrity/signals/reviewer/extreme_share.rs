//! Measures the share of an author's reviews that have 1 or 5 stars.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::detect::DetectorTerm;
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Overlap, Spec};
use crate::integrity::wording::percent;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "reviewer.extreme_share",
        Family::Rating,
        Support::Extreme,
        fact,
    )
    .overlapping(Overlap::Detector(DetectorTerm::Stars)),
    doc: SignalDoc {
        definition: "Share of its reviews with 1 or 5 stars. Compared with authors of similar \
                     activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Ratings are J-shaped: five stars are the most frequent rating of honest authors \
                  too.",
        source: "Mukherjee et al., KDD 2013 (extremity of rating); Rayana and Akoglu, KDD 2015 \
                 (EXT).",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "{} of the author's reviews have 1 or 5 stars",
        percent(value)
    )
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.counted(AuthorSignal::ExtremeShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn one_and_five_star_reviews_are_extreme() {
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
