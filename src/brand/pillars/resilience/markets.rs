//! Effective number of countries by orders: one over the probability that two orders go to the same
//! one (Hill number of order 2; the inverse of Herfindahl's index without its bias, Simpson, 1949).

use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::pillars::resilience::effective;
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "resilience.markets",
        pillar: Pillar::Resilience,
        unit: "effective number",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Log,
        inputs: &[Input::Destinations],
        subject: "the effective number of countries",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let (number, sd) = effective(&window.spread(&window.inputs.markets, view))
        .ok_or("no order says where it went")?;
    MEASURE.spec.seen(number, sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::{Flow, Spread};
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn even_halves_are_two() {
        let mut inputs = inputs(vec![month(&[(Flow::Orders, 100.0)])]);
        inputs.markets = Spread {
            keys: 2,
            cells: vec![(0, 0, [50.0; 2]), (0, 1, [50.0; 2])],
        };
        // Pairs that agree: (2 * 50 * 50 - 100) / (100 * 100 - 100) = 0.49495.
        let (value, _) = clean(&MEASURE, &inputs);
        assert!(near(value, 9900.0 / 4900.0), "{value}");
    }

    #[test]
    fn one_is_one_and_nothing_abstains() {
        let mut inputs = inputs(vec![month(&[(Flow::Orders, 8.0)])]);
        assert!(of(&Window::at(&inputs, 0).expect("a month"), View::Clean).is_err());
        inputs.markets = Spread {
            keys: 1,
            cells: vec![(0, 0, [8.0; 2])],
        };
        let (value, sd) = clean(&MEASURE, &inputs);
        assert!(near(value, 1.0) && sd > 0.05, "{value} {sd}");
    }
}
