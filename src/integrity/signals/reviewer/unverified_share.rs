//! Measures the share of an author's reviews without a confirmed purchase.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "reviewer.unverified_share",
        Family::Provenance,
        Support::Unverified,
        fact,
    ),
    doc: SignalDoc {
        definition: "Share of its reviews whose purchase the platform denies, where that is \
                     known. Compared with authors of similar activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Some people review products that they bought elsewhere.",
        source: "ReviewMeta, unverified purchases.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "{} of the author's reviews have no confirmed purchase, counting only those where this is known",
        percent(value)
    )
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.counted(AuthorSignal::UnverifiedShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

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
