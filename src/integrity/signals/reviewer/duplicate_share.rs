//! Wording that others have too.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("reviewer.duplicate_share", Family::Text),
    doc: SignalDoc {
        definition: "Share of its texts of at least five words that have a near-duplicate by \
                     anybody. Among authors of like activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Honest texts share their wording by accident, once in a while.",
        source: "Mukherjee et al., KDD 2013 (DUP); Jindal and Liu, WSDM 2008.",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.counted(AuthorSignal::DuplicateShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn a_copied_text_is_a_duplicate() {
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
