//! Words of a reward that is not disclosed.

use super::super::{About, BOUGHT, Family, Seen, Signal, read, spec};
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
    about: About {
        definition: "Whether it uses a word such as refund, voucher or gratis (a dozen languages) \
                     while the platform says that it discloses no incentive; among reviews of its \
                     peer group.",
        unit: "0 or 1",
        honest: "Refunds of faulty goods and discounts in a sale are named honestly: peers say \
                     how often.",
        source: "US 16 CFR 465.4; ReviewMeta, incentivised reviews; He, Hollenbeck and \
                     Proserpio, 2022 (refunds for reviews).",
    },
    measure,
};

fn measure(seen: &Seen<'_>) -> Measure {
    match seen.review.levels.value(Mark::Reward) {
        None => Measure::Silent("no text, or whether it discloses an incentive is unknown"),
        Some(value) => read(value, seen.among_marks(Mark::Reward, Tail::Upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn a_hidden_refund_stands_out_and_a_disclosed_one_does_not() {
        let mut hand = Hand::crowd();
        let paid = |disclosed| Draft {
            body: "got my refund after five stars for this kettle".to_owned(),
            disclosed,
            ..Draft::default()
        };
        let hidden = hand.review(paid(Some(false)));
        // So that not all peers are alike.
        hand.review(paid(Some(false)));
        let (value, tail) = hand.on_review(hidden, &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.05, "{value} {tail}");
        let open = hand.review(paid(Some(true)));
        assert_eq!(hand.on_review(open, &SIGNAL).map(|read| read.0), Some(0.0));
        let unknown = hand.review(paid(None));
        assert_eq!(hand.on_review(unknown, &SIGNAL), None);
    }
}
