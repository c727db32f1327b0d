//! Praised by people who never wrote before or after.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::Measure;
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.one_time_author_share", Family::Author),
    doc: SignalDoc {
        definition: "Share of its praise whose author has no other review on the marketplace. Among \
                     listings of like size in its peer group.",
        unit: "share, 0 to 1",
        caveats: "A third and more of honest authors write once; a young marketplace has nothing \
                     else.",
        source: "Xie et al., KDD 2012 (singleton reviews); ReviewMeta, one-hit wonders.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.counted(ListingSignal::OneTimeAuthorShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn authors_of_one_review_are_counted() {
        let mut market = MarketFixture::crowd();
        for n in 0..10 {
            market.review(ReviewDraft {
                author: format!("new{n}"),
                ..ReviewDraft::default()
            });
        }
        market.review(ReviewDraft {
            author: "often1".to_owned(),
            ..ReviewDraft::default()
        });
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(
            (value - 10.0 / 11.0).abs() < 1e-12 && tail < 0.1,
            "{value} {tail}"
        );
    }
}
