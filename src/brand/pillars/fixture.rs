//! Builds small inputs for examples worked by hand.

use crate::brand::inputs::{Flow, Inputs, Metric, MetricCell, Month};
use crate::brand::measure::{Measure, Measured, View};
use crate::brand::window::Window;

/// One month with some flows, raw and clean alike.
pub(super) fn month(flows: &[(Flow, f64)]) -> Month {
    let mut month = Month::default();
    for (flow, value) in flows {
        month.add(*flow, *value, *value);
    }
    month
}

/// The month with a metric that covers it; `source` is 0 for the platform to 2 for the seller.
pub(super) fn with(mut month: Month, metric: Metric, value: f64, source: usize) -> Month {
    let mut cell = MetricCell::default();
    (cell.sum[source], cell.part[source]) = (value, 1.0);
    month.metrics[metric as usize] = cell;
    month
}

/// These months.
pub(super) fn inputs(months: Vec<Month>) -> Inputs {
    Inputs {
        months,
        ..Inputs::default()
    }
}

/// The value of a measure as of the last month.
pub(super) fn value(measure: &Measure, inputs: &Inputs, view: View) -> Option<Measured> {
    let last = inputs.months.len().checked_sub(1)?;
    measure.measure(&Window::at(inputs, last)?, view)
}

/// The value and its standard deviation on the measure's scale, of clean data.
pub(super) fn clean(measure: &Measure, inputs: &Inputs) -> (f64, f64) {
    let found = value(measure, inputs, View::Clean).expect("measured");
    (found.value, found.sd)
}

/// Whether a measure has no value of clean data.
pub(super) fn abstains(measure: &Measure, inputs: &Inputs) -> bool {
    assert!(!inputs.months.is_empty(), "months");
    value(measure, inputs, View::Clean).is_none()
}

/// Whether two numbers agree to nine digits.
pub(super) fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9 * (1.0 + other.abs())
}
