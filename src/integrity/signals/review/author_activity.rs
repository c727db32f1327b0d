//! Measures how many other reviews a review's author wrote.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::detect::DetectorTerm;
use crate::integrity::terms::{Comparison, Family, Measure, Overlap, Spec};
use crate::state::Scale;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.author_activity", Family::Author, fact)
        .compared(Comparison::Than("fewer"))
        .overlapping(Overlap::Detector(DetectorTerm::Activity)),
    doc: SignalDoc {
        definition: "Reviews of its author on the marketplace, this one included; few are \
                     unusual. Compared with the authors of all reviews there.",
        unit: "reviews",
        caveats: "Many honest buyers write once and never again. The more regular reviewers a \
                  marketplace has, the more this signal says.",
        source: "Rayana and Akoglu, KDD 2015 (ISR); Xie et al., KDD 2012.",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value <= 1.0 {
        "it is the only review by its author".to_owned()
    } else {
        format!("its author wrote {value:.0} reviews")
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    let bin = |context: &ReviewContext<'_>| Scale::Count.bin(context.author_reviews().into());
    let (at, out) = (bin(context), context.held_bin(|context| Some(bin(context))));
    let baselines = context.state.baselines();
    let compared = baselines.compare_activity(context.review.marketplace, at, out);
    read(context.author_reviews().into(), compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn only_review_has_a_smaller_tail_than_one_of_many() {
        let mut market = MarketFixture::crowd();
        let only = market.review(ReviewDraft::default());
        let mut row = only;
        for _ in 0..20 {
            row = market.review(ReviewDraft {
                author: "busy".to_owned(),
                ..ReviewDraft::default()
            });
        }
        let (value, once) = market.on_review(only, &SIGNAL).expect("read");
        assert_eq!(value, 1.0);
        let (value, often) = market.on_review(row, &SIGNAL).expect("read");
        assert!(value == 20.0 && often > once, "{often} {once}");
    }
}
