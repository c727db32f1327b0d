//! Orders that can be expected in the next half year, where searches and visits are not known: a
//! fading gamma-Poisson model of the months' orders ([`crate::brand::momentum`]). Demand that lasts
//! is what pull leaves in the books; it stands in for the measures that see the pull itself.

use crate::brand::inputs::{Flow, Metric};
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::momentum::of_months;
use crate::brand::window::{Window, median};

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "demand.sustained",
        pillar: Pillar::DemandPull,
        unit: "orders in half a year",
        lower_is_better: false,
        scale: Scale::Log,
        inputs: &[Input::Orders],
        subject: "the orders it can expect",
    },
    of,
};

/// How many usual months a month may speak for in clean data, and how much more: a bought burst in
/// the newest month, which weighs most here, must not pass for demand.
const MONTHS_SPOKEN_FOR: f64 = 2.0;
const BURST_FREE: f64 = 2.0;
/// What tells of pull itself.
const SEEN: [Metric; 3] = [
    Metric::BrandQueries,
    Metric::SearchShare,
    Metric::SiteSessions,
];

fn of(window: &Window<'_>, view: View) -> Measured {
    let months = window.months();
    let mut metrics = months
        .iter()
        .flat_map(|month| SEEN.map(|seen| month.metric(seen, view)));
    if metrics.any(|metric| metric.is_some()) {
        return Err("searches or visits tell more");
    }
    let orders: Vec<f64> = months
        .iter()
        .map(|month| month.flow(Flow::Orders, view))
        .collect();
    let first = orders.iter().position(|count| *count > 0.0);
    let mut orders = orders[first.ok_or("no orders")?..].to_vec();
    if view == View::Clean {
        let most = MONTHS_SPOKEN_FOR * median(&mut orders.clone()) + BURST_FREE;
        for count in &mut orders {
            *count = count.min(most);
        }
    }
    let demand = of_months(&orders).ok_or("no orders")?;
    let sd = (demand.high - demand.low) / (2.0 * 1.645) / demand.rate;
    MEASURE.spec.seen(demand.expected, sd * demand.expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::Month;
    use crate::brand::pillars::example::{clean, inputs, month, near, of as measured, with};

    fn months(counts: &[f64]) -> Vec<Month> {
        counts
            .iter()
            .map(|count| month(&[(Flow::Orders, *count)]))
            .collect()
    }

    #[test]
    fn one_month_by_hand() {
        // Two orders half a month ago: 2 * 2^(-15.22 / 45) + 0.25 over the faded days of a month,
        // 45 / ln 2 * (1 - 2^(-30.44 / 45)), and 60.
        let (value, _) = clean(&MEASURE, &inputs(months(&[2.0])));
        let orders = 2.0 * libm::exp2(-15.21875 / 45.0) + 0.25;
        let days = 45.0 / libm::log(2.0) * (1.0 - libm::exp2(-30.4375 / 45.0)) + 60.0;
        assert!(near(value, orders / days * 182.0), "{value}");
    }

    #[test]
    fn silence_tells_and_a_burst_does_not() {
        let steady = clean(&MEASURE, &inputs(months(&[4.0; 12]))).0;
        let mut silent = [4.0; 12];
        silent[9..].fill(0.0);
        assert!(clean(&MEASURE, &inputs(months(&silent))).0 < 0.4 * steady);
        let mut burst = [4.0; 12];
        burst[11] = 500.0;
        assert!(clean(&MEASURE, &inputs(months(&burst))).0 < 1.6 * steady);
        let raw = measured(&MEASURE, &inputs(months(&burst)), View::Raw).expect("orders");
        assert!(raw.value > 20.0 * steady);
    }

    #[test]
    fn it_stands_back_where_pull_is_seen() {
        let seen = with(month(&[(Flow::Orders, 5.0)]), Metric::BrandQueries, 9.0, 0);
        assert!(measured(&MEASURE, &inputs(vec![seen]), View::Clean).is_err());
        assert!(measured(&MEASURE, &inputs(months(&[0.0, 0.0])), View::Clean).is_err());
    }
}
