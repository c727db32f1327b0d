//! Share of a month's buyers who bought on an earlier day: a beta posterior whose prior is the
//! category's share and counts for ten buyers (a beta-binomial model of repeat buying; Ehrenberg,
//! Repeat-Buying, 1988).

use crate::brand::inputs::Flow;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "loyalty.repeat_buyers",
        pillar: Pillar::Loyalty,
        unit: "share",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::Buyers],
        subject: "the share of buyers who come back",
    },
    of,
};

/// What the prior, the share of the category, counts for; and its share where none is known.
const PRIOR: f64 = 10.0;
const PRIOR_SHARE: f64 = 0.1;

fn of(window: &Window<'_>, view: View) -> Measured {
    let prior = window.inputs.group_returning.unwrap_or(PRIOR_SHARE);
    let share = window.share((Flow::Returning, Flow::Buyers), view, (prior, PRIOR));
    let (mean, sd) = share.ok_or("no orders with a known buyer")?;
    MEASURE.spec.seen(mean, sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn a_share_leans_on_its_prior() {
        let month = month(&[(Flow::Buyers, 30.0), (Flow::Returning, 9.0)]);
        // (9 + 1) of 40.
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        let mean = 0.25;
        let spread = libm::sqrt(mean * (1.0 - mean) / (30.0 + PRIOR + 1.0));
        assert!(
            near(value, mean) && near(sd, spread / (mean * (1.0 - mean))),
            "{value} {sd}"
        );
    }

    #[test]
    fn one_says_little_and_none_nothing() {
        let one = month(&[(Flow::Buyers, 1.0), (Flow::Returning, 1.0)]);
        let (value, sd) = clean(&MEASURE, &inputs(vec![one]));
        assert!(near(value, 2.0 / 11.0) && sd > 0.3, "{value} {sd}");
        let none = inputs(vec![month(&[])]);
        assert!(of(&Window::at(&none, 0).expect("a month"), View::Clean).is_err());
    }
}
