//! Share of orders without a promotion: a beta posterior whose prior is 0.8 and counts for ten orders.

use crate::brand::inputs::Flow;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View, beta_share};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "pricing.full_price",
        pillar: Pillar::PricingPower,
        unit: "share",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::Promotions],
        subject: "the share of orders at full price",
    },
    of,
};

/// Orders that the prior counts for, and its share.
const PRIOR: f64 = 10.0;
const PRIOR_SHARE: f64 = 0.8;

fn of(window: &Window<'_>, view: View) -> Measured {
    let all = window.sum(Flow::PromotionKnown, view);
    if all <= 0.0 {
        return Err("promotions are not known");
    }
    let full = (all - window.sum(Flow::Promoted, view)).max(0.0);
    let (mean, sd) = beta_share(full, all, PRIOR_SHARE, PRIOR);
    MEASURE.spec.seen(mean, sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn what_is_not_promoted_is_at_full_price() {
        let month = month(&[(Flow::PromotionKnown, 30.0), (Flow::Promoted, 8.0)]);
        // (22 + 8) of 40.
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        let expected = libm::sqrt(0.1875 / 41.0) / 0.1875;
        assert!(near(value, 0.75) && near(sd, expected), "{value} {sd}");
    }

    #[test]
    fn unknown_promotions_abstain() {
        let unknown = inputs(vec![month(&[(Flow::Orders, 30.0)])]);
        assert!(of(&Window::at(&unknown, 0).expect("a month"), View::Clean).is_err());
        let one = month(&[(Flow::PromotionKnown, 1.0), (Flow::Promoted, 1.0)]);
        let (value, _) = clean(&MEASURE, &inputs(vec![one]));
        assert!(near(value, 8.0 / 11.0), "{value}");
    }
}
