//! Share of the searches in its categories that name the brand: brand searches over category
//! searches, or the share where the source gives that; the mean over months, newer ones more. Share
//! of search leads share of market (Hankins, IPA Effectiveness, 2020).

use crate::brand::inputs::{Metric, Month};
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::{Mean, Window};

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "demand.search_share",
        pillar: Pillar::DemandPull,
        unit: "share",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::BrandQueries, Input::SearchShare],
        subject: "the share of searches that name the brand",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let share = |month: &Month| {
        if let Some(given) = month.metric(Metric::SearchShare, view) {
            return Some(given);
        }
        let (brand, vouched) = month.metric(Metric::BrandQueries, view)?;
        let (all, also) = month.metric(Metric::CategoryQueries, view)?;
        (all > 0.0).then(|| ((brand / all).clamp(0.0, 1.0), vouched.min(also)))
    };
    let shares = window.weighted().filter_map(|(month, weight)| {
        let (share, vouched) = share(month)?;
        Some((share.clamp(0.0, 1.0), weight, vouched))
    });
    let mean =
        Mean::of(shares).ok_or("no month with searches for the brand and in its categories")?;
    MEASURE.spec.vouched(mean.value, mean.sd, mean.vouched)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, near, with};

    #[test]
    fn searches_for_the_brand_over_all() {
        let month = with(Month::default(), Metric::BrandQueries, 30.0, 0);
        let month = with(month, Metric::CategoryQueries, 600.0, 0);
        // 30 of 600; one month alone may be half off: 0.025 over 0.05 * 0.95.
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        assert!(
            near(value, 0.05) && near(sd, 0.025 / 0.0475),
            "{value} {sd}"
        );
    }

    #[test]
    fn what_the_seller_says_counts_less_and_a_given_share_goes_first() {
        let month = with(Month::default(), Metric::SearchShare, 0.2, 2);
        let month = with(month, Metric::BrandQueries, 30.0, 0);
        let found = of(&window(&inputs(vec![month])), View::Clean).expect("measured");
        assert_eq!((found.value, found.weight), (0.2, 0.3));
        assert!(of(&window(&inputs(vec![Month::default()])), View::Clean).is_err());
    }

    fn window(inputs: &crate::brand::inputs::Inputs) -> Window<'_> {
        Window::at(inputs, 0).expect("a month")
    }
}
