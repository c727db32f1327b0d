//! Records whether a review mentions a reward that it does not disclose.

use super::super::{BOUGHT, ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.undisclosed_reward", Family::Provenance, fact)
        .blunt()
        .indicating(BOUGHT)
        .compared(Comparison::Flag),
    doc: SignalDoc {
        definition: "Whether it uses a word such as refund, voucher or gratis (a dozen languages) \
                     while the platform says that it discloses no incentive. Compared with \
                     reviews of its peer group.",
        unit: "0 or 1",
        caveats: "Honest reviews mention refunds of faulty goods and discounts in a sale too: \
                  peers show how often.",
        source: "US 16 CFR 465.4; ReviewMeta, incentivised reviews; He, Hollenbeck and Proserpio, \
                 2022 (refunds for reviews).",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value > 0.5 {
        "it mentions a reward, and no incentive is disclosed".to_owned()
    } else {
        "it mentions no reward, or the incentive is disclosed".to_owned()
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    match context.review.levels.value(Mark::Reward) {
        None => Measure::Silent("no text, or whether it discloses an incentive is unknown"),
        Some(value) => read(value, context.among_marks(Mark::Reward, Tail::Upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn undisclosed_refund_has_a_small_tail_and_a_disclosed_one_none() {
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
