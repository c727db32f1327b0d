//! Measures how soon after its listing's creation a review came.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::detect::DetectorTerm;
use crate::integrity::terms::{Comparison, Family, Measure, Overlap, Spec};
use crate::state::{Scale, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.early_arrival", Family::Timing, fact)
        .weak()
        .compared(Comparison::Than("earlier"))
        .overlapping(Overlap::Detector(DetectorTerm::Place)),
    doc: SignalDoc {
        definition: "Days from its listing's creation, few being unusual; 0 for a review that is \
                     older than its listing. Compared with reviews of its peer group.",
        unit: "days, from 1; 0 if older than the listing",
        caveats: "Every listing has first reviews. They matter more to a seller than later ones, \
                  and are bought more often.",
        source: "Rayana and Akoglu, KDD 2015 (ETF); Lim et al., CIKM 2010.",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value < 1.0 {
        "it is older than its listing".to_owned()
    } else {
        format!("it was written on day {value:.0} of its listing")
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    let Some(age) = context.age() else {
        return Measure::Silent("the listing's creation or the review's time is unknown");
    };
    let bin = |context: &ReviewContext<'_>| context.age().map(|age| Scale::Count.bin(age));
    let compared = context.among(|peers| &peers.marks.ages, bin, Tail::Lower);
    read(age, compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn review_on_the_first_day_has_a_small_tail() {
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
