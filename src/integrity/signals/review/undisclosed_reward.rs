//! Words of a reward that is not disclosed.

use super::super::{BOUGHT, Family, ReviewContext, Signal, SignalDoc, read, spec};
use super::Measurer;
use crate::integrity::{Measure, Sharpness, Spec};
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 1,
        sharpness: Sharpness::BLUNT,
        legal_tags: BOUGHT,
        ..spec("review.undisclosed_reward", Family::Provenance)
    },
    doc: SignalDoc {
        definition: "Whether it uses a word such as refund, voucher or gratis (a dozen languages) \
                     while the platform says that it discloses no incentive; among reviews of its \
                     peer group.",
        unit: "0 or 1",
        caveats: "Refunds of faulty goods and discounts in a sale are named honestly: peers say \
                     how often.",
        source: "US 16 CFR 465.4; ReviewMeta, incentivised reviews; He, Hollenbeck and \
                     Proserpio, 2022 (refunds for reviews).",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    match seen.review.levels.value(Mark::Reward) {
        None => Measure::Silent("no text, or whether it discloses an incentive is unknown"),
        Some(value) => read(value, seen.among_marks(Mark::Reward, Tail::Upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn a_hidden_refund_stands_out_and_a_disclosed_one_does_not() {
        let mut market = MarketFixture::crowd();
        let paid = |disclosed| ReviewDraft {
            body: "got my refund after five stars for this kettle".to_owned(),
            disclosed,
            ..ReviewDraft::default()
        };
        let hidden = market.review(paid(Some(false)));
        // So that not all peers are alike.
        market.review(paid(Some(false)));
        let (value, tail) = market.on_review(hidden, &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.05, "{value} {tail}");
        let open = market.review(paid(Some(true)));
        assert_eq!(
            market.on_review(open, &SIGNAL).map(|read| read.0),
            Some(0.0)
        );
        let unknown = market.review(paid(None));
        assert_eq!(market.on_review(unknown, &SIGNAL), None);
    }
}
