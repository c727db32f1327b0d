//! Praised without a purchase.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::Measure;
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.unverified_share", Family::Provenance),
    doc: SignalDoc {
        definition: "Share of its praise whose purchase the platform denies, where that is known. \
                     Among listings of like size in its peer group.",
        unit: "share, 0 to 1",
        caveats: "Goods that are sold elsewhere as well are praised by people who bought them \
                     there.",
        source: "ReviewMeta, unverified purchases.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.counted(ListingSignal::UnverifiedShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn unknown_purchases_do_not_count() {
        let mut market = MarketFixture::crowd();
        for (n, verified) in (0..7).zip([
            Some(false),
            Some(false),
            Some(false),
            Some(true),
            Some(false),
            None,
            None,
        ]) {
            market.review(ReviewDraft {
                author: format!("v{n}"),
                verified,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 0.8 && tail < 0.1, "{value} {tail}");
    }
}
