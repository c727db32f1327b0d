//! How much of a rise of its costs a seller can hand on: the slope of the log of the mean price of a
//! unit on the log of its cost, over the months that know both, by ridge regression towards 0
//! (pass-through; Weyl and Fabinger, 2013).

use crate::brand::inputs::{Flow, Metric};
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::slope::slope;
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "pricing.pass_through",
        pillar: Pillar::PricingPower,
        unit: "elasticity",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Plain,
        inputs: &[Input::UnitCost, Input::Prices],
        subject: "the share of cost changes that prices follow",
    },
    of,
};

/// Fewest months.
const MONTHS_LEAST: usize = 6;
/// What the prior adds to the spread of log costs.
const RIDGE: f64 = 0.01;

fn of(window: &Window<'_>, view: View) -> Measured {
    let mut points = Vec::new();
    let mut vouched = Vec::new();
    for month in window.months() {
        let units = month.flow(Flow::PricedUnits, view);
        let revenue = month.flow(Flow::Revenue, view);
        if let Some((cost, trust)) = month.metric(Metric::UnitCost, view)
            && cost > 0.0
            && units > 0.0
            && revenue > 0.0
        {
            points.push((libm::log(cost), libm::log(revenue / units)));
            vouched.push(trust);
        }
    }
    if points.len() < MONTHS_LEAST {
        return Err("fewer than 6 months with costs and prices");
    }
    let (slope, sd) = slope(&points, RIDGE);
    let trust = vouched.iter().sum::<f64>() / vouched.len() as f64;
    MEASURE.spec.vouched(slope.clamp(-1.0, 2.0), sd, trust)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near, with};

    #[test]
    fn prices_that_follow_costs_half_way() {
        let months = (0..8).map(|n| {
            let cost = libm::exp(f64::from(n) * 0.5);
            let price = 3.0 * libm::sqrt(cost);
            let month = month(&[(Flow::PricedUnits, 2.0), (Flow::Revenue, 2.0 * price)]);
            with(month, Metric::UnitCost, cost, 0)
        });
        // Costs' spread: 0.25 * 42 = 10.5; the ridge adds 0.01. Slope 0.5 * 10.5 / 10.51.
        let (value, _) = clean(&MEASURE, &inputs(months.collect()));
        assert!(near(value, 0.5 * 10.5 / 10.51), "{value}");
    }

    #[test]
    fn costs_that_never_move_say_nothing_for_sure() {
        let month = month(&[(Flow::PricedUnits, 2.0), (Flow::Revenue, 8.0)]);
        let month = with(month, Metric::UnitCost, 2.0, 2);
        let (value, sd) = clean(&MEASURE, &inputs(vec![month.clone(); 8]));
        assert!(near(value, 0.0) && sd >= 0.99, "{value} {sd}");
        let few = inputs(vec![month; 5]);
        assert!(of(&Window::at(&few, 4).expect("a month"), View::Clean).is_err());
    }
}
