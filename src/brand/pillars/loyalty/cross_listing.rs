//! Share of a month's buyers who have bought more than one of the seller's listings: a beta posterior
//! whose prior is the category's share and counts for twenty buyers.

use crate::brand::inputs::Flow;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "loyalty.cross_listing",
        pillar: Pillar::Loyalty,
        unit: "share",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::Buyers],
        subject: "the share of buyers who buy more than one product",
    },
    of,
};

/// What the prior, the share of the category, counts for; and its share where none is known.
const PRIOR: f64 = 20.0;
const PRIOR_SHARE: f64 = 0.05;

fn of(window: &Window<'_>, view: View) -> Measured {
    let prior = window.inputs.group_crossing.unwrap_or(PRIOR_SHARE);
    let share = window.share((Flow::Crossing, Flow::Buyers), view, (prior, PRIOR));
    let (mean, sd) = share.ok_or("no orders with a known buyer")?;
    MEASURE.spec.seen(mean, sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn a_share_leans_on_its_prior() {
        let month = month(&[(Flow::Buyers, 20.0), (Flow::Crossing, 9.0)]);
        // (9 + 1) of 40.
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        let mean = 0.25;
        let spread = libm::sqrt(mean * (1.0 - mean) / (20.0 + PRIOR + 1.0));
        assert!(
            near(value, mean) && near(sd, spread / (mean * (1.0 - mean))),
            "{value} {sd}"
        );
    }

    #[test]
    fn one_says_little_and_none_nothing() {
        let one = month(&[(Flow::Buyers, 1.0), (Flow::Crossing, 1.0)]);
        let (value, sd) = clean(&MEASURE, &inputs(vec![one]));
        assert!(near(value, 2.0 / 21.0) && sd > 0.3, "{value} {sd}");
        let none = inputs(vec![month(&[])]);
        assert!(of(&Window::at(&none, 0).expect("a month"), View::Clean).is_err());
    }
}
