//! Effective number of marketplaces by orders, the own site being one more.

use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::pillars::resilience::effective;
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "resilience.platforms",
        pillar: Pillar::Resilience,
        unit: "effective number",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Log,
        inputs: &[Input::Orders, Input::SiteOrders],
        subject: "the effective number of sales channels",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let (number, sd) =
        effective(&window.spread(&window.inputs.platforms, view)).ok_or("no orders")?;
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
        inputs.platforms = Spread {
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
        inputs.platforms = Spread {
            keys: 1,
            cells: vec![(0, 0, [8.0; 2])],
        };
        let (value, sd) = clean(&MEASURE, &inputs);
        assert!(near(value, 1.0) && sd > 0.05, "{value} {sd}");
    }
}
