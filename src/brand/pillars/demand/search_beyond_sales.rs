//! Whether buyers look for the brand more than they buy from it: the share of searches over the share
//! of the peer group's orders, as a ratio. Above 1, demand is waiting (excess share of search, after
//! Binet and Field, The Long and the Short of It, 2013, on excess share of voice).

use super::search_share;
use crate::brand::inputs::Flow;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "demand.search_beyond_sales",
        pillar: Pillar::DemandPull,
        unit: "ratio",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Log,
        inputs: &[Input::BrandQueries, Input::SearchShare, Input::Orders],
        subject: "the share of searches over the share of sales",
    },
    of,
};

/// Orders of the peer group, faded as the seller's own.
fn weighted_group(window: &Window<'_>) -> f64 {
    let start = window.last + 1 - window.months().len();
    let group = window.inputs.group_orders.get(start..=window.last);
    let orders = window.weighted().zip(group.unwrap_or(&[]));
    orders.map(|((_, weight), orders)| weight * orders).sum()
}

fn of(window: &Window<'_>, view: View) -> Measured {
    let found = (search_share::MEASURE.of)(window, view)?;
    let group: f64 = weighted_group(window);
    let own = window.sum(Flow::Orders, view);
    if own <= 0.0 || group <= own {
        return Err("no orders, or none of peers");
    }
    let ratio = found.value.max(1e-6) / (own / group);
    // The share's own deviation is of its log-odds, which move faster than its log. Orders are counts:
    // their log is off by one over their root.
    let share_sd = found.sd * (1.0 - found.value);
    let log_sd = libm::sqrt(share_sd * share_sd + 1.0 / own.max(1.0));
    MEASURE.spec.vouched(ratio, log_sd * ratio, found.weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::Metric;
    use crate::brand::pillars::example::{clean, inputs, month, near, with};

    #[test]
    fn a_tenth_of_searches_with_a_twentieth_of_sales_is_twice() {
        let month = with(month(&[(Flow::Orders, 50.0)]), Metric::SearchShare, 0.1, 0);
        let mut inputs = inputs(vec![month]);
        inputs.group_orders = vec![1000.0];
        let (value, sd) = clean(&MEASURE, &inputs);
        assert!(near(value, 2.0), "{value}");
        // The share's own: 0.05 of 0.1; that of 50 orders: 1 / 50.
        let expected = libm::sqrt(0.25_f64 + 0.02);
        assert!(near(sd, expected), "{sd}");
    }

    #[test]
    fn without_peers_or_sales_it_abstains() {
        let alone = with(month(&[(Flow::Orders, 50.0)]), Metric::SearchShare, 0.1, 0);
        let mut alone = inputs(vec![alone]);
        alone.group_orders = vec![50.0];
        assert!(of(&Window::at(&alone, 0).expect("a month"), View::Clean).is_err());
        let mut none = inputs(vec![with(month(&[]), Metric::SearchShare, 0.1, 0)]);
        none.group_orders = vec![10.0];
        assert!(of(&Window::at(&none, 0).expect("a month"), View::Clean).is_err());
    }
}
