//! Measures the share of an author's texts that other reviews share.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "reviewer.duplicate_share",
        Family::Text,
        Support::Duplicate,
        fact,
    ),
    doc: SignalDoc {
        definition: "Share of its texts of at least five words that have a near-duplicate by \
                     anybody. Compared with authors of similar activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Honest texts share their wording by accident, once in a while.",
        source: "Mukherjee et al., KDD 2013 (DUP); Jindal and Liu, WSDM 2008.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "{} of the author's longer texts share their wording with another review",
        percent(value)
    )
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.counted(AuthorSignal::DuplicateShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn copied_text_is_a_duplicate() {
        let mut market = MarketFixture::crowd();
        let own = |body: &str| ReviewDraft {
            body: body.to_owned(),
            ..ReviewDraft::default()
        };
        market.review(own("a very fine thing that works as it should"));
        market.review(own("nothing like the old one which broke in two"));
        market.review(ReviewDraft {
            author: "other".to_owned(),
            ..own("a very fine thing that works as it should")
        });
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value == 0.5 && tail < 0.1, "{value} {tail}");
    }
}
