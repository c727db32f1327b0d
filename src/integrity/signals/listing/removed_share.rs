//! Measures the share of a listing's positive reviews that were taken down.

use super::super::{Signal, SignalDoc};
use super::{ListingContext, Measurer};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::{ListingSignal, Polarity};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "listing.removed_share",
        Family::Provenance,
        Support::Removed,
        fact,
    )
    .only(Polarity::Positive),
    doc: SignalDoc {
        definition: "Share of its positive reviews that were taken down, by anybody. Compared \
                     with listings of similar size in its peer group.",
        unit: "share, 0 to 1",
        caveats: "Platforms make mistakes, and authors take down their own reviews. It abstains \
                  where nobody reports removals.",
        source: "He, Hollenbeck and Proserpio, 2022 (removals follow fake reviews); ReviewMeta, \
                 deleted reviews.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!("{} of its positive reviews were taken down", percent(value))
}

fn measure(listing: &ListingContext<'_>) -> Measure {
    listing.counted(ListingSignal::RemovedShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn removed_reviews_are_counted() {
        let mut market = MarketFixture::crowd();
        let rows: Vec<_> = (0..8)
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
