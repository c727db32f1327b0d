//! Records whether a review has a text that says nothing.

use super::super::{ReviewContext, Signal, SignalDoc, stated};
use super::Measurer;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::state::Mark;

/// Share of honest reviews whose text says nothing: 9 of 4,109 comments of a shop that asks for them, and
/// 3 of 10,585 others that people called reviews.
const TAIL: f64 = 1e-3;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        cap: 3.5,
        ..Spec::of_review("review.no_content", Family::Statement, fact)
            .indicating(&[])
            .compared(Comparison::None)
    },
    doc: SignalDoc {
        definition: "Why its text says nothing: 1 it is signs alone, 2 one word or phrase again and \
                     again, 3 most of its letters are in no words, as on a keyboard, 4 it says that \
                     it fills space. Abstains for other texts, and without a text.",
        unit: "kind, 1 to 4",
        caveats: "People who must write a number of characters fill them up. Short praise, laughter \
                  beside words and emoji say something.",
        source: "Jindal and Liu, WSDM 2008 (non-reviews); Dinh et al., ViSpamReviews, 2022.",
    },
    measure,
};

fn fact(value: f64) -> String {
    match value as u32 {
        0 => "its text says something",
        1 => "its text has no words, only signs",
        2 => "its text is one word or phrase again and again",
        3 => "most letters of its text are in no words",
        _ => "its text says that it only fills space",
    }
    .to_owned()
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    stated(context, Mark::NoContent, |_| TAIL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn texts_without_content_are_told_by_kind() {
        let mut market = MarketFixture::crowd();
        let mut read = |body: &str| {
            let row = market.review(ReviewDraft {
                body: body.to_owned(),
                ..ReviewDraft::default()
            });
            market.on_review(row, &SIGNAL).map(|read| read.0)
        };
        assert_eq!(read("....."), Some(1.0));
        assert_eq!(read("good good good good good"), Some(2.0));
        assert_eq!(read("asdf asdf asdf"), Some(3.0));
        assert_eq!(read("The kettle is good"), None);
    }
}
