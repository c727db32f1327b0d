//! Hardly a confirmed purchase.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("reviewer.unverified_share", Family::Provenance),
    doc: SignalDoc {
        definition: "Share of its reviews whose purchase the platform denies, where that is known. \
                     Among authors of like activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Some people review what they bought elsewhere.",
        source: "ReviewMeta, unverified purchases.",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.counted(AuthorSignal::UnverifiedShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn unknown_purchases_do_not_count() {
        let mut market = MarketFixture::crowd();
        for verified in [Some(false), Some(false), None, Some(true)] {
            market.review(ReviewDraft {
                verified,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(
            (value - 2.0 / 3.0).abs() < 1e-12 && tail < 0.2,
            "{value} {tail}"
        );
    }
}
