//! What the brand's listings take in beyond unbranded ones of the category, as the log of the
//! ratio (Ailawadi, Lehmann and Neslin, 2003; `brand::hedonic::revenue_premium`). It is of the newest year,
//! whatever the month.

use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "pricing.revenue_premium",
        pillar: Pillar::PricingPower,
        unit: "log ratio",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Plain,
        inputs: &[Input::Prices],
        subject: "the revenue premium over unbranded goods",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let (share, sd) = window
        .inputs
        .revenue_premium
        .ok_or("too few unbranded listings of others in the category")?;
    let _ = view;
    // Revenues are skewed: compared by their ratio.
    let ratio = (1.0 + share).max(1e-3);
    MEASURE.spec.seen(libm::log(ratio), sd / ratio)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn twice_the_revenue_is_the_log_of_two() {
        let mut inputs = inputs(vec![month(&[])]);
        inputs.revenue_premium = Some((1.0, 0.5));
        let (value, sd) = clean(&MEASURE, &inputs);
        assert!(
            near(value, core::f64::consts::LN_2) && near(sd, 0.25),
            "{value} {sd}"
        );
    }

    #[test]
    fn nothing_sold_is_bounded() {
        let mut inputs = inputs(vec![month(&[])]);
        inputs.revenue_premium = Some((-1.0, 0.0));
        let (value, _) = clean(&MEASURE, &inputs);
        assert!(near(value, libm::log(1e-3)), "{value}");
    }
}
