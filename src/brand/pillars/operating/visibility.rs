//! Share of result pages, for searches that do not name the brand, on which it is found: the mean over
//! months.

use crate::brand::inputs::Metric;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "operating.visibility",
        pillar: Pillar::OperatingSkill,
        unit: "share",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::Visibility],
        subject: "its visibility in searches without its name",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let mean = window
        .mean(Metric::Visibility, view)
        .ok_or("no month with search visibility")?;
    MEASURE
        .spec
        .vouched(mean.value.clamp(0.0, 1.0), mean.sd, mean.vouched)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::Month;
    use crate::brand::pillars::example::{clean, inputs, near, with};

    #[test]
    fn months_have_a_mean() {
        let months = [0.2, 0.4].map(|share| with(Month::default(), Metric::Visibility, share, 0));
        // The newer month counts 1, the other 2^(-1/6).
        let fade = libm::exp2(-1.0 / 6.0);
        let (value, _) = clean(&MEASURE, &inputs(months.to_vec()));
        assert!(near(value, (0.4 + 0.2 * fade) / (1.0 + fade)), "{value}");
    }

    #[test]
    fn one_month_may_be_half_off() {
        let month = with(Month::default(), Metric::Visibility, 0.2, 2);
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        assert!(near(value, 0.2) && near(sd, 0.1 / 0.16), "{value} {sd}");
    }
}
