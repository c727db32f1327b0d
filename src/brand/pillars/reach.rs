//! Measures the size of the audience, and its effect on searches.

use super::PLAIN;
use crate::brand::inputs::{Metric, Month};
use crate::brand::measure::{Estimate, Input, Measure, Pillar, Scale, View};
use crate::brand::slope::{Point, elasticity};
use crate::brand::window::{Mean, Sample, Window};

/// Followers and viewers of the newest months, net of fake growth (`brand::gather`): growth beyond
/// what audiences have, without visits or searches that grew with it, does not count.
pub(super) const AUDIENCE: Measure = Measure {
    code: "reach.audience",
    unit: "people",
    scale: Scale::Count,
    inputs: &[Input::Audience],
    sentence: "It has {} followers and viewers",
    estimate: audience,
    ..REACH
};

/// Whether searches for the brand follow its audience. The slope of the growth of searches on the
/// growth of the audience the month before, both in logs, by ridge regression towards 0.
pub(super) const SEARCH_LIFT: Measure = Measure {
    code: "reach.search_lift",
    unit: "elasticity",
    inputs: &[Input::Audience, Input::BrandQueries],
    sentence: "When its audience grows by 10 %, searches for the brand change by about {} in the next month",
    estimate: search_lift,
    ..REACH
};

const REACH: Measure = Measure {
    pillar: Pillar::Reach,
    ..PLAIN
};

/// Fewest months with an audience: one that was just bought has not been observed before.
const AUDIENCE_MONTHS_LEAST: usize = 3;
/// Months without an observation after which an audience is out of date.
const AUDIENCE_AGE_MOST: usize = 6;
/// Squares of growth that the prior adds.
const GROWTH_RIDGE: f64 = 0.05;

/// Trust in the sources of a month's audience.
fn audience_trust(month: &Month, view: View) -> f64 {
    let trust = |metric| Some(month.metric(metric, view)?.trust);
    let known = [trust(Metric::Followers), trust(Metric::Viewers)];
    known.into_iter().flatten().fold(1.0, f64::min)
}

fn audience(window: &Window<'_>, view: View) -> Option<Estimate> {
    let mut newest = window.months().iter().rev().take(AUDIENCE_AGE_MOST);
    if newest.all(|month| month.audience.is_none()) {
        return None;
    }
    let known = window.weighted().filter_map(|(month, weight)| {
        Some(Sample {
            value: month.audience?[view as usize],
            weight,
            trust: audience_trust(month, view),
        })
    });
    let samples: Vec<Sample> = known.collect();
    if samples.len() < AUDIENCE_MONTHS_LEAST {
        return None;
    }
    let recent = samples.iter().rev().take(AUDIENCE_MONTHS_LEAST).copied();
    let mean = Mean::of(recent)?;
    Some(Estimate {
        sd: mean.sd.max(mean.value * 0.05),
        ..mean.into()
    })
}

/// A month's audience and searches, in logs.
struct Logs {
    audience: f64,
    searches: f64,
    trust: f64,
}

impl Logs {
    fn of(month: &Month, view: View) -> Option<Self> {
        let searches = month.metric(Metric::BrandQueries, view)?;
        let audience = month.audience?[view as usize];
        Some(Self {
            audience: libm::log1p(audience.max(0.0)),
            searches: libm::log1p(searches.value.max(0.0)),
            trust: searches.trust,
        })
    }
}

fn search_lift(window: &Window<'_>, view: View) -> Option<Estimate> {
    let points = window.months().windows(3).filter_map(|months| {
        let [first, second, third] = months else {
            return None;
        };
        let (first, second) = (Logs::of(first, view)?, Logs::of(second, view)?);
        let third = Logs::of(third, view)?;
        Some(Point {
            x: second.audience - first.audience,
            y: third.searches - second.searches,
            trust: third.trust,
        })
    });
    elasticity(&points.collect::<Vec<Point>>(), GROWTH_RIDGE, -2.0..=2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::fixture::{abstains, clean, inputs, near, value, with};

    fn months(audience: [f64; 2]) -> Vec<Month> {
        let mut month = with(Month::default(), Metric::Followers, audience[0], 0);
        month.audience = Some(audience);
        vec![month; 3]
    }

    #[test]
    fn net_audience_counts() {
        let inputs = inputs(months([50_000.0, 999.0]));
        let (value, sd) = clean(&AUDIENCE, &inputs);
        // Nothing moves: the prior's half of it alone, over the three months that count for 2.96; on
        // 1000.
        assert!(
            near(value, 999.0) && (sd - 0.499_5 / 2.96).abs() < 1e-3,
            "{value} {sd}"
        );
    }

    #[test]
    fn audience_abstains_when_out_of_date() {
        let mut held = months([100.0; 2]);
        held.extend(vec![Month::default(); AUDIENCE_AGE_MOST - 1]);
        assert!(!abstains(&AUDIENCE, &inputs(held.clone())));
        held.push(Month::default());
        assert!(abstains(&AUDIENCE, &inputs(held)));
    }

    #[test]
    fn audience_abstains_when_just_observed_first() {
        let young = inputs(months([100.0; 2]).split_off(1));
        assert!(abstains(&AUDIENCE, &young));
        let all = inputs(months([100.0, 90.0]));
        let raw = value(&AUDIENCE, &all, View::Raw).expect("measured");
        assert!(near(raw.value, 100.0), "{}", raw.value);
    }

    fn month(audience: f64, searches: f64) -> Month {
        let mut month = with(Month::default(), Metric::BrandQueries, searches, 0);
        month.audience = Some([audience; 2]);
        month
    }

    #[test]
    fn search_lift_of_searches_that_follow_in_full() {
        // Growth of the audience by 0.5, 0, 0.5, 0 ... in logs; searches do the same a month later.
        let mut level = [4.0, 4.0];
        let mut months = Vec::new();
        for number in 0..10 {
            months.push(month(libm::expm1(level[0]), libm::expm1(level[1])));
            level[1] += if number % 2 == 1 { 0.5 } else { 0.0 };
            level[0] += if number % 2 == 0 { 0.5 } else { 0.0 };
        }
        // Eight points, spread 8 * 0.25^2 = 0.5; the ridge adds 0.05.
        let (value, _) = clean(&SEARCH_LIFT, &inputs(months));
        assert!(near(value, 0.5 / 0.55), "{value}");
    }

    #[test]
    fn search_lift_of_a_constant_audience_is_uncertain() {
        let (value, sd) = clean(&SEARCH_LIFT, &inputs(vec![month(100.0, 10.0); 9]));
        assert!(near(value, 0.0) && near(sd, 1.0), "{value} {sd}");
        let few = inputs(vec![month(100.0, 10.0); 7]);
        assert!(abstains(&SEARCH_LIFT, &few));
    }
}
