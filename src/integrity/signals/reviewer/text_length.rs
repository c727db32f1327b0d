//! Few words, again and again.

use super::super::{Family, Signal, SignalDoc, weak};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.text_length", Family::Text),
    doc: SignalDoc {
        definition: "Mean words of its texts, few being unusual; at least two texts. Among authors \
                     of like activity on the marketplace, a sample of them.",
        unit: "words",
        caveats: "Terse people are honest too, and there are many of them: weak.",
        source: "Rayana and Akoglu, KDD 2015 (ARL, average review length); ReviewMeta, word \
                     count comparison.",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.walked(AuthorWalk::TextLength)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn two_words_each_are_few() {
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
