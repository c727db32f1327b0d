//! Share of orders outside the three customary markets, North America, the EU and ASEAN: a beta
//! posterior whose prior is a tenth and counts for ten orders.

use crate::brand::inputs::Flow;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "resilience.new_markets",
        pillar: Pillar::Resilience,
        unit: "share",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::Destinations],
        subject: "the share of orders outside the customary markets",
    },
    of,
};

/// What the prior counts for, and its share.
const PRIOR: f64 = 10.0;
const PRIOR_SHARE: f64 = 0.1;

fn of(window: &Window<'_>, view: View) -> Measured {
    let share = window.share((Flow::Outside, Flow::Placed), view, (PRIOR_SHARE, PRIOR));
    let (mean, sd) = share.ok_or("no order says where it went")?;
    MEASURE.spec.seen(mean, sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn a_share_leans_on_its_prior() {
        let month = month(&[(Flow::Placed, 30.0), (Flow::Outside, 9.0)]);
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
        let one = month(&[(Flow::Placed, 1.0), (Flow::Outside, 1.0)]);
        let (value, sd) = clean(&MEASURE, &inputs(vec![one]));
        assert!(near(value, 2.0 / 11.0) && sd > 0.3, "{value} {sd}");
        let none = inputs(vec![month(&[])]);
        assert!(of(&Window::at(&none, 0).expect("a month"), View::Clean).is_err());
    }
}
