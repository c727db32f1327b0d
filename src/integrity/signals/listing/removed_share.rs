//! Praise that was taken down.

use super::super::{Family, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::Measure;
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.removed_share", Family::Provenance),
    doc: SignalDoc {
        definition: "Share of its praise that was taken down, by anybody. Among listings of like \
                     size in its peer group.",
        unit: "share, 0 to 1",
        caveats: "Platforms err, and authors take down their own; silent where nobody reports \
                     removals.",
        source: "He, Hollenbeck and Proserpio, 2022 (removals follow fake reviews); ReviewMeta, \
                     deleted reviews.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.counted(ListingSignal::RemovedShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn what_was_taken_down_counts() {
        let mut market = MarketFixture::crowd();
        let rows: Vec<u32> = (0..8)
            .map(|n| {
                market.review(ReviewDraft {
                    author: format!("r{n}"),
                    ..ReviewDraft::default()
                })
            })
            .collect();
        rows.iter().take(4).for_each(|row| market.remove(*row));
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 0.5 && tail < 0.1, "{value} {tail}");
    }
}
