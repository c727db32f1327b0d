//! How little it lives on advertising: advertising cost over revenue, from snapshots that know both
//! where there are any, otherwise from the brand measure and orders; less is better.

use crate::brand::inputs::{Flow, Metric};
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "operating.ad_independence",
        pillar: Pillar::OperatingSkill,
        unit: "share of revenue",
        lower_is_better: true,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::AdSpend, Input::Prices],
        subject: "the advertising cost of its revenue",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let (mut spend, mut revenue, mut months, mut trust) = (0.0, 0.0, 0.0, 1.0);
    for (month, weight) in window.weighted() {
        spend += weight * month.ad_spend;
        revenue += weight * month.ad_revenue;
        months += f64::from(u8::from(month.ad_revenue > 0.0));
    }
    if revenue <= 0.0 {
        for (month, weight) in window.weighted() {
            let taken = month.flow(Flow::Revenue, view);
            if let Some((cost, vouched)) = month.metric(Metric::AdSpend, view)
                && taken > 0.0
            {
                spend += weight * cost.max(0.0);
                revenue += weight * taken;
                months += 1.0;
                trust = vouched;
            }
        }
    }
    if revenue <= 0.0 {
        return Err("no month with advertising cost and revenue");
    }
    let share = (spend / revenue).clamp(0.0, 1.0);
    // A month's share is off by about a third of itself.
    MEASURE
        .spec
        .vouched(share, share.max(0.01) / 3.0 / libm::sqrt(months), trust)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near, with};

    #[test]
    fn cost_over_revenue_of_snapshots() {
        let mut month = month(&[(Flow::Revenue, 7.0)]);
        (month.ad_spend, month.ad_revenue) = (20.0, 200.0);
        let month = with(month, Metric::AdSpend, 7.0, 0);
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        assert!(
            near(value, 0.1) && near(sd, 0.1 / 3.0 / 0.09),
            "{value} {sd}"
        );
    }

    #[test]
    fn the_brand_measure_stands_in() {
        let month = with(month(&[(Flow::Revenue, 400.0)]), Metric::AdSpend, 100.0, 2);
        let inputs = inputs(vec![month]);
        let found = of(&Window::at(&inputs, 0).expect("a month"), View::Clean).expect("measured");
        assert_eq!((found.value, found.weight), (0.25, 0.3));
        assert!(near(clean(&MEASURE, &inputs).1, 0.25 / 3.0 / 0.1875));
    }
}
