//! Measures the share of a listing's positive reviews that mention an undisclosed reward.

use super::super::{BOUGHT, Signal, SignalDoc};
use super::{ListingContext, Measurer};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Overlap, Spec};
use crate::integrity::wording::percent;
use crate::state::{ListingWalk, Polarity};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews("listing.reward_share", Family::Style, Support::Reward, fact)
        .weak()
        .indicating(BOUGHT)
        .only(Polarity::Positive)
        .overlapping(Overlap::Reviews),
    doc: SignalDoc {
        definition: "Share of its positive reviews that use a word of reward while the platform \
                     says that they disclose no incentive. Compared with a sample of listings of \
                     similar size on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "A few honest reviews in a hundred mention discounts and refunds.",
        source: "US 16 CFR 465.4; ReviewMeta, incentivised reviews; He, Hollenbeck and Proserpio, \
                 2022.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "{} of its positive reviews mention a reward, and no incentive is disclosed",
        percent(value)
    )
}

fn measure(listing: &ListingContext<'_>) -> Measure {
    listing.walked(ListingWalk::RewardShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn undisclosed_rewards_are_counted() {
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
