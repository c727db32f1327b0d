//! Small inputs for hand-worked examples.

use crate::brand::inputs::{Cell, Flow, Inputs, Metric, Month};
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
    let mut cell = Cell::default();
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

/// What a measure says as of the last month.
pub(super) fn of(measure: &Measure, inputs: &Inputs, view: View) -> Measured {
    let last = inputs.months.len().checked_sub(1).ok_or("no month")?;
    let window = Window::at(inputs, last).ok_or("no month")?;
    (measure.of)(&window, view)
}

/// The value and its standard deviation where it is compared, of clean data.
pub(super) fn clean(measure: &Measure, inputs: &Inputs) -> (f64, f64) {
    let found = of(measure, inputs, View::Clean).expect("measured");
    (found.value, found.sd)
}

/// Whether two numbers agree to nine digits.
pub(super) fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9 * (1.0 + other.abs())
}
