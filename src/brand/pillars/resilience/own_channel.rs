//! Share of orders on the own site, of these and the marketplaces': a beta posterior whose prior is a
//! twentieth and counts for ten orders.

use crate::brand::inputs::{Flow, Metric};
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View, beta_share};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "resilience.own_channel",
        pillar: Pillar::Resilience,
        unit: "share",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::SiteOrders, Input::Orders],
        subject: "the share of orders on the own site",
    },
    of,
};

/// Orders that the prior counts for, and its share.
const PRIOR: f64 = 10.0;
const PRIOR_SHARE: f64 = 0.05;

fn of(window: &Window<'_>, view: View) -> Measured {
    let mut vouched = None;
    let mut own = 0.0;
    for (month, weight) in window.weighted() {
        if let Some((orders, trust)) = month.metric(Metric::SiteOrders, view) {
            own += weight * orders.max(0.0);
            vouched = Some(trust);
        }
    }
    let trust = vouched.ok_or("orders on the own site are not known")?;
    let all = own + window.sum(Flow::Orders, view);
    let (mean, sd) = beta_share(own, all, PRIOR_SHARE, PRIOR);
    MEASURE.spec.vouched(mean, sd, trust)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near, with};

    #[test]
    fn own_orders_over_all() {
        let month = with(month(&[(Flow::Orders, 20.5)]), Metric::SiteOrders, 9.5, 1);
        // (9.5 + 0.5) of 40.
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        let expected = libm::sqrt(0.1875 / 41.0) / 0.1875;
        assert!(near(value, 0.25) && near(sd, expected), "{value} {sd}");
    }

    #[test]
    fn an_unknown_site_is_not_an_empty_one() {
        let none = inputs(vec![month(&[(Flow::Orders, 20.0)])]);
        assert!(of(&Window::at(&none, 0).expect("a month"), View::Clean).is_err());
        let zero = with(month(&[(Flow::Orders, 40.0)]), Metric::SiteOrders, 0.0, 0);
        let (value, _) = clean(&MEASURE, &inputs(vec![zero]));
        assert!(near(value, 0.01), "{value}");
    }
}
