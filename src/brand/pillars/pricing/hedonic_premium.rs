//! What buyers pay more than for like goods: the seller's part of a hedonic regression of log prices
//! within the category, as a share of the price (`brand::hedonic`; Rosen, 1974). It is of the newest
//! prices, whatever the month.

use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "pricing.hedonic_premium",
        pillar: Pillar::PricingPower,
        unit: "share of the price",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Plain,
        inputs: &[Input::PeerPrices],
        subject: "the price premium over like goods",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let (log, sd) = window
        .inputs
        .premium
        .ok_or("too few priced listings of others in the category")?;
    let _ = view;
    MEASURE.spec.seen(libm::expm1(log), sd * libm::exp(log))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn a_log_of_a_tenth_is_a_good_tenth() {
        let mut inputs = inputs(vec![month(&[])]);
        inputs.premium = Some((0.1, 0.05));
        let (value, sd) = clean(&MEASURE, &inputs);
        assert!(near(value, 0.105_170_918_075_647_6), "{value}");
        assert!(near(sd, 0.05 * 1.105_170_918_075_647_6), "{sd}");
    }

    #[test]
    fn without_like_goods_it_abstains() {
        let none = inputs(vec![month(&[])]);
        assert!(of(&Window::at(&none, 0).expect("a month"), View::Clean).is_err());
        let mut even = none;
        even.premium = Some((0.0, 0.2));
        assert_eq!(clean(&MEASURE, &even), (0.0, 0.2));
    }
}
