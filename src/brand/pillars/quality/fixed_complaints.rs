//! Probability that complaints fell after a page last changed: of two beta posteriors of the share of
//! one and two stars, before and after, each with a flat prior, that the later is lower, by their
//! normal approximation.

use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View, beta_share};
use crate::brand::special::normal_cdf;
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "quality.fixed_complaints",
        pillar: Pillar::Quality,
        unit: "probability",
        lower_is_better: false,
        scale: Scale::Plain,
        inputs: &[Input::Reviews, Input::Listings],
        subject: "the probability that complaints fell after the last change",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let [before, after] = window
        .inputs
        .revision
        .ok_or("no page has changed with reviews before and after")?;
    let _ = view;
    let share = |[blame, all]: [f64; 2]| beta_share(blame.min(all), all, 0.5, 2.0);
    let ((before, before_sd), (after, after_sd)) = (share(before), share(after));
    let spread = libm::sqrt(before_sd * before_sd + after_sd * after_sd);
    let fell = normal_cdf((before - after) / spread);
    MEASURE
        .spec
        .seen(fell, libm::sqrt(fell * (1.0 - fell)).max(0.05))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn fewer_complaints_after_are_likely_a_fall() {
        let mut inputs = inputs(vec![month(&[])]);
        inputs.revision = Some([[9.0, 18.0], [1.0, 38.0]]);
        // 10 of 20 before: sd^2 = 0.25 / 21; 2 of 40 after: sd^2 = 0.0475 / 41.
        let z = 0.45 / libm::sqrt(0.25 / 21.0 + 0.0475 / 41.0);
        let (value, _) = clean(&MEASURE, &inputs);
        assert!(near(value, normal_cdf(z)) && value > 0.99, "{value}");
    }

    #[test]
    fn the_same_before_and_after_is_even() {
        let mut inputs = inputs(vec![month(&[])]);
        inputs.revision = Some([[3.0, 30.0], [3.0, 30.0]]);
        let (value, sd) = clean(&MEASURE, &inputs);
        assert!(near(value, 0.5) && near(sd, 0.5), "{value} {sd}");
    }
}
