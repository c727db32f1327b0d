//! Soon after its listing appeared.

use super::super::{Family, ReviewContext, Signal, SignalDoc, read, weak};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::{Scale, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("review.early_arrival", Family::Timing),
    doc: SignalDoc {
        definition: "Days from its listing's creation, few being unusual, among reviews of its peer \
                     group; 0 for a review that is older than its listing.",
        unit: "days, from 1; 0 if older than the listing",
        caveats: "Every listing has first reviews; they matter more to a seller than later ones, \
                     and are bought more often.",
        source: "Rayana and Akoglu, KDD 2015 (ETF); Lim et al., CIKM 2010.",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    let Some(age) = seen.age() else {
        return Measure::Silent("the listing's creation or the review's time is unknown");
    };
    let bin = |seen: &ReviewContext<'_>| seen.age().map(|age| Scale::Count.bin(age));
    let compared = seen.among(|peers| &peers.marks.ages, bin, Tail::Lower);
    read(age, compared)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn the_first_day_is_early() {
        let mut market = MarketFixture::crowd();
        market.listing("mine", "s1", "kettles", "a kettle");
        let first = market.review(ReviewDraft {
            day: 50,
            ..ReviewDraft::default()
        });
        let before = market.review(ReviewDraft {
            day: 40,
            ..ReviewDraft::default()
        });
        let (value, tail) = market.on_review(first, &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.05, "{value} {tail}");
        assert_eq!(
            market.on_review(before, &SIGNAL).map(|read| read.0),
            Some(0.0)
        );
        let unknown = market.review(ReviewDraft {
            listing: "other",
            ..ReviewDraft::default()
        });
        assert_eq!(market.on_review(unknown, &SIGNAL), None);
    }
}
