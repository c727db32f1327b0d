//! Mean stars of reviews, newer ones more, shrunk to the mean of the category: the category counts for
//! ten reviews (an empirical Bayes mean; Efron and Morris, 1975).

use crate::brand::inputs::Flow;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "quality.rating",
        pillar: Pillar::Quality,
        unit: "stars",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Plain,
        inputs: &[Input::Reviews],
        subject: "the rating",
    },
    of,
};

/// Reviews that the category counts for.
const PRIOR: f64 = 10.0;
/// Stars of a category without reviews.
const PRIOR_STARS: f64 = 4.0;

fn of(window: &Window<'_>, view: View) -> Measured {
    let count = window.sum(Flow::Reviews, view);
    if count <= 0.0 {
        return Err("no reviews");
    }
    let prior = window.inputs.group_rating.unwrap_or(PRIOR_STARS);
    let mean = (window.sum(Flow::Stars, view) + PRIOR * prior) / (count + PRIOR);
    let squares = window.sum(Flow::SquaredStars, view) + PRIOR * (prior * prior + 1.0);
    let variance = (squares / (count + PRIOR) - mean * mean).max(0.0);
    MEASURE
        .spec
        .seen(mean, libm::sqrt(variance / (count + PRIOR)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn ten_fives_among_fours_are_halfway() {
        let month = month(&[
            (Flow::Reviews, 10.0),
            (Flow::Stars, 50.0),
            (Flow::SquaredStars, 250.0),
        ]);
        let mut inputs = inputs(vec![month]);
        inputs.group_rating = Some(4.0);
        // (50 + 10 * 4) / 20; squares (250 + 10 * 17) / 20 = 21, variance 21 - 20.25.
        let (value, sd) = clean(&MEASURE, &inputs);
        assert!(
            near(value, 4.5) && near(sd, libm::sqrt(0.75 / 20.0)),
            "{value} {sd}"
        );
    }

    #[test]
    fn one_review_says_little() {
        let month = month(&[
            (Flow::Reviews, 1.0),
            (Flow::Stars, 1.0),
            (Flow::SquaredStars, 1.0),
        ]);
        let mut inputs = inputs(vec![month]);
        inputs.group_rating = Some(4.3);
        let (value, sd) = clean(&MEASURE, &inputs);
        assert!(near(value, 44.0 / 11.0) && sd > 0.3, "{value} {sd}");
    }
}
