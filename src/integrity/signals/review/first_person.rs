//! Measures how rarely a review uses words of the first person.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.first_person", Family::Style, fact)
        .weak()
        .compared(Comparison::Than("lower")),
    doc: SignalDoc {
        definition: "Share of words such as I, my and we in about a dozen languages, few being \
                     unusual. Compared with reviews of its peer group.",
        unit: "share, the least of its step",
        caveats: "Terse honest reviews have none either. In languages that are unknown here all \
                  peers are alike, and the signal abstains.",
        source: "Li et al., IJCAI 2011; Rayana and Akoglu, KDD 2015 (PP1, low is suspicious). Ott \
                 et al., ACL 2011, found the opposite for hotels, so it is weak.",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value == 0.0 {
        "less than 1 % of its words are in the first person (I, my, we)".to_owned()
    } else {
        format!(
            "{} or more of its words are in the first person (I, my, we)",
            percent(value)
        )
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    match context.review.levels.value(Mark::FirstPerson) {
        None => Measure::Silent("no text"),
        Some(value) => read(value, context.among_marks(Mark::FirstPerson, Tail::Lower)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn text_without_first_person_has_a_small_tail() {
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
