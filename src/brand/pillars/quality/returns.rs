//! Share of what was sold that came back: units returned by snapshots where they say, otherwise orders
//! refunded; a beta posterior whose prior is the category's share and counts for twenty.

use crate::brand::inputs::Flow;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View, beta_share};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "quality.returns",
        pillar: Pillar::Quality,
        unit: "share",
        lower_is_better: true,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::Returns, Input::Refunds],
        subject: "the share that comes back",
    },
    of,
};

/// Orders that the category counts for.
const PRIOR: f64 = 20.0;
/// Share of a category of which nothing is known.
const PRIOR_SHARE: f64 = 0.05;

fn of(window: &Window<'_>, view: View) -> Measured {
    let (mut back, mut all) = (0.0, 0.0);
    for (month, weight) in window.weighted() {
        back += weight * month.returned;
        all += weight * month.sold;
    }
    if all <= 0.0 {
        back = window.sum(Flow::Refunded, view);
        all = window.sum(Flow::RefundKnown, view);
    }
    if all <= 0.0 {
        return Err("neither returns nor refunds are known");
    }
    let prior = window.inputs.group_refunds.unwrap_or(PRIOR_SHARE);
    let (mean, sd) = beta_share(back.min(all), all, prior, PRIOR);
    MEASURE.spec.seen(mean, sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn refunds_lean_on_the_category() {
        let month = month(&[(Flow::RefundKnown, 80.0), (Flow::Refunded, 8.0)]);
        let mut inputs = inputs(vec![month]);
        inputs.group_refunds = Some(0.05);
        // (8 + 20 * 0.05) / 100 = 0.09.
        let (value, sd) = clean(&MEASURE, &inputs);
        let expected = libm::sqrt(0.09 * 0.91 / 101.0) / (0.09 * 0.91);
        assert!(near(value, 0.09) && near(sd, expected), "{value} {sd}");
    }

    #[test]
    fn snapshots_go_first_and_nothing_known_abstains() {
        let mut held = month(&[(Flow::RefundKnown, 80.0), (Flow::Refunded, 80.0)]);
        (held.sold, held.returned) = (80.0, 0.0);
        let (value, _) = clean(&MEASURE, &inputs(vec![held]));
        assert!(near(value, 20.0 * PRIOR_SHARE / 100.0), "{value}");
        let none = inputs(vec![month(&[(Flow::Orders, 5.0)])]);
        assert!(of(&Window::at(&none, 0).expect("a month"), View::Clean).is_err());
    }
}
