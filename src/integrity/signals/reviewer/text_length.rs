//! Measures how few words an author's texts have.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::integrity::wording::number_of;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews("reviewer.text_length", Family::Text, Support::Up, fact)
        .weak()
        .compared(Comparison::Than("shorter")),
    doc: SignalDoc {
        definition: "Mean words of its texts, few being unusual; at least two texts. Compared \
                     with a sample of authors of similar activity on the marketplace.",
        unit: "words",
        caveats: "Terse people are honest too, and there are many of them. It is weak.",
        source: "Rayana and Akoglu, KDD 2015 (ARL, average review length); ReviewMeta, word count \
                 comparison.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "the author's texts have {} on average",
        number_of(value, "word")
    )
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.walked(AuthorWalk::TextLength)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn author_of_two_word_texts_has_a_small_tail() {
        let mut market = MarketFixture::crowd();
        for body in ["very good", "so nice"] {
            market.review(ReviewDraft {
                body: body.to_owned(),
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 2.0 && tail < 0.05, "{value} {tail}");
    }
}
