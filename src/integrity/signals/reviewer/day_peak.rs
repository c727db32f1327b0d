//! Many reviews in one day.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("reviewer.day_peak", Family::Timing),
    doc: SignalDoc {
        definition: "Most of its reviews with the same day, of authors with 2 to 64 reviews. Among \
                     authors of like activity on the marketplace.",
        unit: "reviews",
        caveats: "People catch up on their orders of the month in one sitting.",
        source: "Mukherjee et al., KDD 2013 (MNR); Rayana and Akoglu, KDD 2015.",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.counted(AuthorSignal::DayPeak)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn one_day_is_counted() {
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
