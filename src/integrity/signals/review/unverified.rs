//! Records whether the platform denies a purchase.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::state::{Known, Scale, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.unverified", Family::Provenance, fact).compared(Comparison::Flag),
    doc: SignalDoc {
        definition: "Whether the platform denies a purchase. Compared with reviews of its peer \
                     group.",
        unit: "0 or 1",
        caveats: "People review products that they bought elsewhere or got as a gift: peers show \
                  how often.",
        source: "ReviewMeta, unverified purchases; Lappas, Sabnis and Valkanas, ISR 27, 2016.",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value > 0.5 {
        "the platform does not confirm a purchase".to_owned()
    } else {
        "the platform confirms a purchase".to_owned()
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    let value = |context: &ReviewContext<'_>| match context.review.verified {
        Known::Unknown => None,
        Known::No => Some(1.0),
        Known::Yes => Some(0.0),
    };
    let Some(share) = value(context) else {
        return Measure::Silent("whether it was bought is unknown");
    };
    let bin = |context: &ReviewContext<'_>| value(context).map(|value| Scale::Share.bin(value));
    let compared = context.among(|peers| &peers.unverified, bin, Tail::Upper);
    read(share, compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn unverified_review_has_a_small_tail() {
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
