//! Counts the other reviews that share a review's wording.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::state::Scale;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.near_duplicate", Family::Text, fact),
    doc: SignalDoc {
        definition: "Other reviews of its polarity in its largest near-duplicate bucket: two \
                     MinHash bands over word shingles, of which a short text must share both, on \
                     all marketplaces.",
        unit: "reviews",
        caveats: "Stock phrases are short, and texts of fewer than five words are not compared. \
                  The same buyer may post one text on two pages.",
        source: "Broder, 1997 (MinHash); Jindal and Liu, WSDM 2008 (duplicates as the surest mark \
                 of fake reviews).",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value < 0.5 {
        "no other review shares its wording".to_owned()
    } else if value < 1.5 {
        "1 other review shares its wording".to_owned()
    } else {
        format!("{value:.0} other reviews share its wording")
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    if !context.comparable {
        return Measure::Silent("the text is too short to compare");
    }
    let bin = |context: &ReviewContext<'_>| Scale::Count.bin(context.bucket().into());
    let out = context.held_bin(|context| context.comparable.then(|| bin(context)));
    let compared = context.state.baselines().compare_bucket(bin(context), out);
    // The value is how many others: a review is no copy of itself.
    read(f64::from(context.bucket().saturating_sub(1)), compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn near_duplicates_are_counted_without_the_review_itself() {
        let mut market = MarketFixture::crowd();
        let copy = |n| ReviewDraft {
            author: format!("c{n}"),
            body: "best thing ever made I love it buy it now".to_owned(),
            ..ReviewDraft::default()
        };
        let row = (0..4).map(|n| market.review(copy(n))).max().expect("some");
        let (value, tail) = market.on_review(row, &SIGNAL).expect("read");
        assert!(value == 3.0 && tail < 0.05, "{value} {tail}");
        let short = market.review(ReviewDraft {
            body: "fine".to_owned(),
            ..ReviewDraft::default()
        });
        assert_eq!(market.on_review(short, &SIGNAL), None);
    }
}
