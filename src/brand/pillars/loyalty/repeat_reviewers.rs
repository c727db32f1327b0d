//! Where no buyer is known: share of a month's reviewers who reviewed another listing of the seller
//! before; a beta posterior whose prior is a twentieth and counts for twenty reviewers.

use crate::brand::inputs::Flow;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "loyalty.repeat_reviewers",
        pillar: Pillar::Loyalty,
        unit: "share",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::Reviews],
        subject: "the share of reviewers who come back",
    },
    of,
};

/// Reviewers that the prior counts for, and its share.
const PRIOR: f64 = 20.0;
const PRIOR_SHARE: f64 = 0.05;

fn of(window: &Window<'_>, view: View) -> Measured {
    if window.sum(Flow::Buyers, View::Raw) > 0.0 {
        return Err("buyers are known, who say more");
    }
    let share = window.share(
        (Flow::ReturningReviewers, Flow::Reviewers),
        view,
        (PRIOR_SHARE, PRIOR),
    );
    let (mean, sd) = share.ok_or("no reviews")?;
    MEASURE.spec.seen(mean, sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn reviewers_stand_in_for_buyers() {
        let month = month(&[(Flow::Reviewers, 20.0), (Flow::ReturningReviewers, 3.0)]);
        // (3 + 1) of 40.
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        let expected = libm::sqrt(0.09 / 41.0) / 0.09;
        assert!(near(value, 0.1) && near(sd, expected), "{value} {sd}");
    }

    #[test]
    fn known_buyers_say_more() {
        let known = inputs(vec![month(&[(Flow::Reviewers, 20.0), (Flow::Buyers, 1.0)])]);
        assert!(of(&Window::at(&known, 0).expect("a month"), View::Clean).is_err());
        let one = month(&[(Flow::Reviewers, 1.0), (Flow::ReturningReviewers, 1.0)]);
        let (value, _) = clean(&MEASURE, &inputs(vec![one]));
        assert!(near(value, 2.0 / 21.0), "{value}");
    }
}
