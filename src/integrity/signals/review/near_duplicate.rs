//! Others with the same wording.

use super::super::{Family, ReviewContext, Signal, SignalDoc, read, spec};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::Scale;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("review.near_duplicate", Family::Text),
    doc: SignalDoc {
        definition: "Other reviews of its polarity in its largest near-duplicate bucket: two \
                     MinHash bands over word shingles, of which a short text must share both, on \
                     all marketplaces.",
        unit: "reviews",
        caveats: "Stock phrases are short, and texts of fewer than five words are not compared. \
                     The same buyer may post one text on two pages.",
        source: "Broder, 1997 (MinHash); Jindal and Liu, WSDM 2008 (duplicates as the surest \
                     mark of fake reviews).",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    if !seen.comparable {
        return Measure::Silent("the text is too short to compare");
    }
    let bin = |seen: &ReviewContext<'_>| Scale::Count.bin(seen.bucket().into());
    let out = seen.held_bin(|seen| seen.comparable.then(|| bin(seen)));
    let compared = seen.state.baselines().compare_bucket(bin(seen), out);
    // The value is how many others: a review is no copy of itself.
    read(f64::from(seen.bucket().saturating_sub(1)), compared)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn copies_are_counted_without_the_review_itself() {
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
