//! Counts the reviews of an author's busiest day.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::detect::DetectorTerm;
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Overlap, Spec};
use crate::integrity::wording::number_of;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "reviewer.day_peak",
        Family::Timing,
        Support::BusiestDay,
        fact,
    )
    .overlapping(Overlap::Detector(DetectorTerm::Activity)),
    doc: SignalDoc {
        definition: "Most of its reviews on the same day, for authors with 2 to 64 reviews. \
                     Compared with authors of similar activity on the marketplace.",
        unit: "reviews",
        caveats: "People review their orders of the month in one sitting.",
        source: "Mukherjee et al., KDD 2013 (MNR); Rayana and Akoglu, KDD 2015.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!("the author wrote {} on one day", number_of(value, "review"))
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.counted(AuthorSignal::DayPeak)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn day_with_most_reviews_is_counted() {
        let mut market = MarketFixture::crowd();
        for day in [100, 100, 100, 100, 100, 130, 160] {
            market.review(ReviewDraft {
                day,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 5.0 && tail < 0.05, "{value} {tail}");
    }
}
