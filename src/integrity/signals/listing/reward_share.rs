//! Praise that speaks of a reward.

use super::super::{BOUGHT, Family, Signal, SignalDoc, weak};
use super::{ListingContext, Measurer};
use crate::integrity::{Measure, Spec};
use crate::state::ListingWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 1,
        legal_tags: BOUGHT,
        ..weak("listing.reward_share", Family::Style)
    },
    doc: SignalDoc {
        definition: "Share of its praise that uses a word of reward while the platform says that it \
                     discloses no incentive. Among a sample of listings of like size on the \
                     marketplace.",
        unit: "share, 0 to 1",
        caveats: "Discounts and refunds are named honestly, by a few in a hundred.",
        source: "US 16 CFR 465.4; ReviewMeta, incentivised reviews; He, Hollenbeck and \
                     Proserpio, 2022.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.walked(ListingWalk::RewardShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn hidden_rewards_are_counted() {
        let mut market = MarketFixture::crowd();
        for n in 0..150 {
            let body = if n % 5 == 0 {
                "the seller gave me a voucher for this".to_owned()
            } else {
                format!("number {n} of the lot is fine")
            };
            market.review(ReviewDraft {
                author: format!("w{n}"),
                body,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 0.2 && tail < 0.1, "{value} {tail}");
    }
}
