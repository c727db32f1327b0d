//! Visits to the own site that nobody paid for, a month: the middle month, so that one loud month
//! says little.

use crate::brand::inputs::Metric;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::{Window, median};

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "demand.unpaid_sessions",
        pillar: Pillar::DemandPull,
        unit: "sessions a month",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Count,
        inputs: &[Input::SiteSessions],
        subject: "unpaid visits a month",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let mean = window
        .mean(Metric::SiteSessions, view)
        .ok_or("no month with visits to the own site")?;
    let mut values: Vec<f64> = window
        .months()
        .iter()
        .filter_map(|month| Some(month.metric(Metric::SiteSessions, view)?.0.max(0.0)))
        .collect();
    MEASURE
        .spec
        .vouched(median(&mut values), mean.sd, mean.vouched)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::Month;
    use crate::brand::pillars::example::{clean, inputs, near, with};

    #[test]
    fn the_middle_month_counts() {
        let months = [100.0, 5000.0, 120.0]
            .map(|visits| with(Month::default(), Metric::SiteSessions, visits, 1));
        let found = of(
            &Window::at(&inputs(months.to_vec()), 2).expect("three"),
            View::Clean,
        );
        let found = found.expect("measured");
        assert_eq!((found.value, found.weight), (120.0, 0.7));
    }

    #[test]
    fn one_month_may_be_half_off() {
        let month = with(Month::default(), Metric::SiteSessions, 99.0, 0);
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        assert!(near(value, 99.0) && near(sd, 49.5 / 100.0), "{sd}");
    }
}
