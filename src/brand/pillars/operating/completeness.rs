//! How complete the pages are: the mean share of what a full page has (`domain::parse::listing::page`).

use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "operating.completeness",
        pillar: Pillar::OperatingSkill,
        unit: "share",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Logit,
        inputs: &[Input::Listings],
        subject: "the completeness of its pages",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let (share, pages) = window.inputs.completeness.ok_or("no page is known")?;
    let _ = view;
    // Pages are like each other: half a page is unknown.
    MEASURE
        .spec
        .seen(share, 0.2 / libm::sqrt(f64::from(pages.max(1)) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn four_pages_of_three_quarters() {
        let mut inputs = inputs(vec![month(&[])]);
        inputs.completeness = Some((0.75, 3));
        // 0.2 over the root of 4, over 0.75 * 0.25.
        let (value, sd) = clean(&MEASURE, &inputs);
        assert!(near(value, 0.75) && near(sd, 0.1 / 0.1875), "{value} {sd}");
    }

    #[test]
    fn unknown_pages_are_not_empty() {
        let none = inputs(vec![month(&[])]);
        assert!(of(&Window::at(&none, 0).expect("a month"), View::Clean).is_err());
        let mut empty = none;
        empty.completeness = Some((0.0, 1));
        assert!(near(clean(&MEASURE, &empty).0, 0.0));
    }
}
