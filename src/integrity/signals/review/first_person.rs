//! An author who does not speak of itself.

use super::super::{Family, ReviewContext, Signal, SignalDoc, read, weak};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("review.first_person", Family::Style),
    doc: SignalDoc {
        definition: "Share of words such as I, my and we in some dozen languages, few being \
                     unusual, among reviews of its peer group.",
        unit: "share, the least of its step",
        caveats: "Terse honest reviews have none either; where peers write none, as in languages \
                     unknown here, all are alike and the signal abstains.",
        source: "Li et al., IJCAI 2011; Rayana and Akoglu, KDD 2015 (PP1, low is suspicious). \
                     Ott et al., ACL 2011, found the opposite for hotels, so it is weak.",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    match seen.review.levels.value(Mark::FirstPerson) {
        None => Measure::Silent("no text"),
        Some(value) => read(value, seen.among_marks(Mark::FirstPerson, Tail::Lower)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn a_text_without_an_author_is_less_usual() {
        let mut market = MarketFixture::crowd();
        let none = market.review(ReviewDraft {
            body: "good kettle boils fast nice lid".to_owned(),
            ..ReviewDraft::default()
        });
        let own = market.review(ReviewDraft {
            body: "I put my kettle on our shelf and I like it".to_owned(),
            ..ReviewDraft::default()
        });
        let (value, low) = market.on_review(none, &SIGNAL).expect("read");
        assert_eq!(value, 0.0);
        // Four of eleven words.
        let (value, high) = market.on_review(own, &SIGNAL).expect("read");
        assert!(value == 0.2 && low < high, "{low} {high}");
    }
}
