//! How well buyers are served: the mean of the shares that are known of orders that arrive, of questions
//! that are answered and of time in stock. Arrivals lean on a prior of 0.95 that counts for twenty
//! orders.

use crate::brand::inputs::{Flow, Metric};
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "operating.service",
        pillar: Pillar::OperatingSkill,
        unit: "share",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::Deliveries, Input::Answers, Input::Stock],
        subject: "its service",
    },
    of,
};

/// Orders that the prior counts for, and its share.
const PRIOR: f64 = 20.0;
const PRIOR_SHARE: f64 = 0.95;

fn of(window: &Window<'_>, view: View) -> Measured {
    let mut parts = Vec::new();
    let prior = (PRIOR_SHARE, PRIOR);
    if let Some((mean, sd)) = window.share((Flow::Delivered, Flow::DeliveryKnown), view, prior) {
        parts.push((mean, sd, 1.0));
    }
    for metric in [Metric::Answered, Metric::InStock] {
        if let Some(mean) = window.mean(metric, view) {
            parts.push((mean.value.clamp(0.0, 1.0), mean.sd, mean.vouched));
        }
    }
    if parts.is_empty() {
        return Err("neither deliveries nor answers nor stock are known");
    }
    let count = parts.len() as f64;
    let value = parts.iter().map(|part| part.0).sum::<f64>() / count;
    let variance: f64 = parts.iter().map(|part| part.1 * part.1).sum();
    let trust = parts.iter().map(|part| part.2).sum::<f64>() / count;
    MEASURE
        .spec
        .vouched(value, libm::sqrt(variance) / count, trust)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near, with};

    #[test]
    fn three_shares_have_a_mean() {
        let month = month(&[(Flow::DeliveryKnown, 80.0), (Flow::Delivered, 71.0)]);
        let month = with(month, Metric::Answered, 0.6, 2);
        let month = with(month, Metric::InStock, 0.6, 2);
        // (71 + 19) of 100, 0.6 and 0.6.
        let inputs = inputs(vec![month]);
        let (value, _) = clean(&MEASURE, &inputs);
        assert!(near(value, 0.7), "{value}");
        let found = of(&Window::at(&inputs, 0).expect("a month"), View::Clean).expect("measured");
        assert!(near(found.weight, 1.6 / 3.0), "{}", found.weight);
    }

    #[test]
    fn deliveries_alone() {
        let month = month(&[(Flow::DeliveryKnown, 20.0), (Flow::Delivered, 17.0)]);
        // (17 + 19) of 40.
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        let expected = libm::sqrt(0.09 / 41.0) / 0.09;
        assert!(near(value, 0.9) && near(sd, expected), "{value} {sd}");
    }
}
