//! How little else its author wrote.

use super::super::{Family, ReviewContext, Signal, SignalDoc, read, spec};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::Scale;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("review.author_activity", Family::Author),
    doc: SignalDoc {
        definition: "Reviews of its author on the marketplace, itself included; few are unusual, \
                     among the authors of all reviews there.",
        unit: "reviews",
        caveats: "Many honest buyers write once and never again: this says the more, the more \
                     the marketplace is one of regulars.",
        source: "Rayana and Akoglu, KDD 2015 (ISR); Xie et al., KDD 2012.",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    let bin = |seen: &ReviewContext<'_>| Scale::Count.bin(seen.author_reviews().into());
    let (at, out) = (bin(seen), seen.held_bin(|seen| Some(bin(seen))));
    let baselines = seen.state.baselines();
    let compared = baselines.compare_activity(seen.review.marketplace, at, out);
    read(seen.author_reviews().into(), compared)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn an_only_review_is_less_usual_than_one_of_many() {
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
