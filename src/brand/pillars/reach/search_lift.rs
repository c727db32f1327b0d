//! Whether searches for the brand follow its audience: the slope of the growth of searches on the
//! growth of the audience the month before, both in logs, by ridge regression towards 0.

use crate::brand::inputs::Metric;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::slope::slope;
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "reach.search_lift",
        pillar: Pillar::Reach,
        unit: "elasticity",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Plain,
        inputs: &[Input::Audience, Input::BrandQueries],
        subject: "the lift of searches that follows the audience",
    },
    of,
};

/// Fewest months.
const MONTHS_LEAST: usize = 6;
/// What the prior adds to the spread of growth.
const RIDGE: f64 = 0.05;

fn of(window: &Window<'_>, view: View) -> Measured {
    let months = window.months();
    let seen = |place: usize| -> Option<(f64, f64, f64)> {
        let month = months.get(place)?;
        let (queries, trust) = month.metric(Metric::BrandQueries, view)?;
        let audience = month.audience?[view as usize];
        Some((
            libm::log1p(audience.max(0.0)),
            libm::log1p(queries.max(0.0)),
            trust,
        ))
    };
    let mut points = Vec::new();
    let mut trusts = 0.0;
    for place in 2..months.len() {
        if let (Some(first), Some(second), Some(third)) =
            (seen(place - 2), seen(place - 1), seen(place))
        {
            points.push((second.0 - first.0, third.1 - second.1));
            trusts += third.2;
        }
    }
    if points.len() < MONTHS_LEAST {
        return Err("fewer than 6 months with an audience and searches");
    }
    let (lift, sd) = slope(&points, RIDGE);
    MEASURE
        .spec
        .vouched(lift.clamp(-2.0, 2.0), sd, trusts / points.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::Month;
    use crate::brand::pillars::example::{clean, inputs, near, with};

    fn month(audience: f64, queries: f64) -> Month {
        let mut month = with(Month::default(), Metric::BrandQueries, queries, 0);
        month.audience = Some([audience; 2]);
        month
    }

    #[test]
    fn searches_that_follow_in_full() {
        // Growth of the audience by 0.5, 0, 0.5, 0 ... in logs; searches do the same a month later.
        let mut level = [4.0, 4.0];
        let mut months = Vec::new();
        for place in 0..10 {
            months.push(month(libm::expm1(level[0]), libm::expm1(level[1])));
            level[1] += if place % 2 == 1 { 0.5 } else { 0.0 };
            level[0] += if place % 2 == 0 { 0.5 } else { 0.0 };
        }
        // Eight points, spread 8 * 0.25^2 = 0.5; the ridge adds 0.05.
        let (value, _) = clean(&MEASURE, &inputs(months));
        assert!(near(value, 0.5 / 0.55), "{value}");
    }

    #[test]
    fn an_audience_that_stands_still_says_little() {
        let (value, sd) = clean(&MEASURE, &inputs(vec![month(100.0, 10.0); 9]));
        assert!(near(value, 0.0) && near(sd, 1.0), "{value} {sd}");
        let few = inputs(vec![month(100.0, 10.0); 7]);
        assert!(of(&Window::at(&few, 6).expect("a month"), View::Clean).is_err());
    }
}
