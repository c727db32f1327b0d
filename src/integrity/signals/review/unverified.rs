//! No confirmed purchase.

use super::super::{Family, ReviewContext, Signal, SignalDoc, read, spec};
use super::Measurer;
use crate::integrity::Measure;
use crate::state::{Known, Scale, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("review.unverified", Family::Provenance),
    doc: SignalDoc {
        definition: "Whether the platform denies a purchase, among reviews of its peer group.",
        unit: "0 or 1",
        caveats: "People review what they got elsewhere, or as a gift: peers say how often.",
        source: "ReviewMeta, unverified purchases; Lappas, Sabnis and Valkanas, ISR 27, 2016.",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    let value = |seen: &ReviewContext<'_>| match seen.review.verified {
        Known::Unknown => None,
        Known::No => Some(1.0),
        Known::Yes => Some(0.0),
    };
    let Some(share) = value(seen) else {
        return Measure::Silent("whether it was bought is unknown");
    };
    let bin = |seen: &ReviewContext<'_>| value(seen).map(|value| Scale::Share.bin(value));
    let compared = seen.among(|peers| &peers.unverified, bin, Tail::Upper);
    read(share, compared)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn what_was_not_bought_is_less_usual() {
        let mut market = MarketFixture::crowd();
        let mut of = |verified| {
            let row = market.review(ReviewDraft {
                verified,
                ..ReviewDraft::default()
            });
            market.on_review(row, &SIGNAL)
        };
        // One in seven of the crowd.
        let (value, tail) = of(Some(false)).expect("read");
        assert!(
            value == 1.0 && (0.02..0.15).contains(&tail),
            "{value} {tail}"
        );
        assert!(of(Some(true)).expect("read").1 > 0.4);
        assert_eq!(of(None), None);
    }
}
