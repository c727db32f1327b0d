//! Praise that speaks of a reward.

use super::super::{About, BOUGHT, Family, Signal, weak};
use super::{Measurer, Page};
use crate::integrity::{Measure, Spec};
use crate::state::ListingWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 1,
        legal_tags: BOUGHT,
        ..weak("listing.reward_share", Family::Style)
    },
    about: About {
        definition: "Share of its praise that uses a word of reward while the platform says that it \
                     discloses no incentive. Among a sample of listings of like size on the \
                     marketplace.",
        unit: "share, 0 to 1",
        honest: "Discounts and refunds are named honestly, by a few in a hundred.",
        source: "US 16 CFR 465.4; ReviewMeta, incentivised reviews; He, Hollenbeck and \
                     Proserpio, 2022.",
    },
    measure,
};

fn measure(page: &Page<'_>) -> Measure {
    page.walked(ListingWalk::RewardShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn hidden_rewards_are_counted() {
        let mut hand = Hand::crowd();
        for n in 0..150 {
            let body = if n % 5 == 0 {
                "the seller gave me a voucher for this".to_owned()
            } else {
                format!("number {n} of the lot is fine")
            };
            hand.review(Draft {
                author: format!("w{n}"),
                body,
                ..Draft::default()
            });
        }
        let (value, tail) = hand.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 0.2 && tail < 0.1, "{value} {tail}");
    }
}
