//! Praised in the same words.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::Measure;
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.near_duplicate_share", Family::Text),
    doc: SignalDoc {
        definition: "Share of its praise of at least five words that has a near-duplicate anywhere \
                     among praise. Among listings of like size in its peer group.",
        unit: "share, 0 to 1",
        caveats: "Honest texts share their wording by accident, once in a while.",
        source: "Jindal and Liu, WSDM 2008; ReviewMeta, phrase repetition.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.counted(ListingSignal::NearDuplicateShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn copies_are_counted() {
        let mut market = MarketFixture::crowd();
        for n in 0..8 {
            let body = if n < 6 {
                "works very well and looks good too".to_owned()
            } else {
                super::super::super::fixture::words(500 + n)
            };
            market.review(ReviewDraft {
                author: format!("c{n}"),
                body,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 0.75 && tail < 0.1, "{value} {tail}");
    }
}
