//! Share of the revenue from buyers who bought on an earlier day, in the main currency: shrunk as the
//! share of buyers is, a buyer's mean revenue in a month counting as one.

use crate::brand::inputs::Flow;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View, beta_share};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "loyalty.repeat_revenue",
        pillar: Pillar::Loyalty,
        unit: "share",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::Buyers, Input::Prices],
        subject: "the share of revenue from buyers who come back",
    },
    of,
};

/// What the prior, the share of the category, counts for; and its share where none is known.
const PRIOR: f64 = 10.0;
const PRIOR_SHARE: f64 = 0.1;

fn of(window: &Window<'_>, view: View) -> Measured {
    let buyers = window.sum(Flow::Buyers, view);
    let revenue = window.sum(Flow::BuyerRevenue, view);
    if buyers <= 0.0 || revenue <= 0.0 {
        return Err("no priced orders with a known buyer");
    }
    let share = (window.sum(Flow::ReturningRevenue, view) / revenue).clamp(0.0, 1.0);
    let prior = window.inputs.group_returning.unwrap_or(PRIOR_SHARE);
    let (mean, sd) = beta_share(share * buyers, buyers, prior, PRIOR);
    MEASURE.spec.seen(mean, sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn revenue_counts_by_buyers() {
        let month = month(&[
            (Flow::Buyers, 30.0),
            (Flow::BuyerRevenue, 600.0),
            (Flow::ReturningRevenue, 180.0),
        ]);
        // 0.3 of 30 buyers and a tenth of 10 more: 10 of 40.
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        let expected = libm::sqrt(0.1875 / 41.0) / 0.1875;
        assert!(near(value, 0.25) && near(sd, expected), "{value} {sd}");
    }

    #[test]
    fn free_goods_say_nothing() {
        let free = inputs(vec![month(&[(Flow::Buyers, 30.0)])]);
        assert!(of(&Window::at(&free, 0).expect("a month"), View::Clean).is_err());
        let one = month(&[
            (Flow::Buyers, 1.0),
            (Flow::BuyerRevenue, 9.0),
            (Flow::ReturningRevenue, 9.0),
        ]);
        let (value, sd) = clean(&MEASURE, &inputs(vec![one]));
        assert!(near(value, 2.0 / 11.0) && sd > 0.3, "{value} {sd}");
    }
}
