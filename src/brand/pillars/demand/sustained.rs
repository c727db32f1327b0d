//! How surely orders go on: minus the log of the probability that nobody orders for half a year
//! (`brand::momentum`; Schmittlein, Morrison and Colombo, 1987; Fader, Hardie and Lee, 2005). What is
//! left of demand pull where nothing but orders is known. A probability means the same in every
//! category, so sellers are compared across the whole marketplace.

use crate::brand::inputs::Metric;
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "demand.sustained",
        pillar: Pillar::DemandPull,
        unit: "minus log of the risk",
        lower_is_better: false,
        absolute: true,
        scale: Scale::Log,
        inputs: &[Input::Orders],
        subject: "the chance of an order within half a year",
    },
    of,
};

/// Less is not told apart.
const LEAST: f64 = 1e-9;
/// What tells of pull itself: orders also tell of size, and of what was paid for them.
const SEEN: [Metric; 3] = [
    Metric::BrandQueries,
    Metric::SearchShare,
    Metric::SiteSessions,
];

fn of(window: &Window<'_>, view: View) -> Measured {
    let mut months = window.months().iter();
    if months.any(|month| SEEN.iter().any(|seen| month.metric(*seen, view).is_some())) {
        return Err("searches and visits are known, which say more");
    }
    let month = window.months().last().ok_or("no month")?;
    let (strength, spread) = month.sustained.ok_or("no orders")?[view as usize];
    // Compared by its log, whose deviation is the relative one.
    let strength = strength.max(LEAST);
    MEASURE.spec.seen(strength, spread * strength)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near, with};

    #[test]
    fn it_is_of_the_last_month() {
        let mut months = vec![month(&[]), month(&[])];
        months[0].sustained = Some([(9.0, 0.1), (8.0, 0.1)]);
        months[1].sustained = Some([(4.0, 0.25), (3.0, 0.5)]);
        let (value, sd) = clean(&MEASURE, &inputs(months));
        // Compared by its log: the relative deviation is the one that counts.
        assert!(near(value, 3.0) && near(sd, 0.5), "{value} {sd}");
    }

    #[test]
    fn it_stands_back_where_pull_is_seen() {
        let mut months = vec![with(month(&[]), Metric::BrandQueries, 9.0, 0), month(&[])];
        months[1].sustained = Some([(4.0, 0.25), (3.0, 0.5)]);
        let held = inputs(months);
        assert!(of(&Window::at(&held, 1).expect("a month"), View::Clean).is_err());
    }

    #[test]
    fn nobody_has_ordered_yet() {
        let none = inputs(vec![month(&[])]);
        assert!(of(&Window::at(&none, 0).expect("a month"), View::Clean).is_err());
        let mut silent = none;
        silent.months[0].sustained = Some([(0.0, 2.0), (0.0, 2.0)]);
        let (value, sd) = clean(&MEASURE, &silent);
        assert!(near(value, LEAST) && near(sd, 2.0), "{value} {sd}");
    }
}
