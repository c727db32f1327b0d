//! Followers and viewers of the newest months, net of fake growth: what grew beyond what audiences
//! grow, without visits or searches that grew with it, does not count (`brand::gather`).

use crate::brand::inputs::{Metric, Month};
use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::{Mean, Window};

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "reach.audience",
        pillar: Pillar::Reach,
        unit: "people",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Count,
        inputs: &[Input::Audience],
        subject: "the audience",
    },
    of,
};

/// Fewest months with an audience: one that has just been bought was never seen before.
const MONTHS_LEAST: usize = 3;
/// Months after which an audience that was not seen again is no news.
const NEWS: usize = 6;

/// How far a month's audience is vouched for.
fn trust_of(month: &Month, view: View) -> f64 {
    let of = |metric| month.metric(metric, view).map(|(_, trust)| trust);
    let known = [of(Metric::Followers), of(Metric::Viewers)];
    known.into_iter().flatten().fold(1.0, f64::min)
}

fn of(window: &Window<'_>, view: View) -> Measured {
    let seen = window.months().iter().rev().take(NEWS);
    if seen.filter(|month| month.audience.is_some()).count() == 0 {
        return Err("an audience that was seen within 6 months");
    }
    let known = window.weighted().filter_map(|(month, weight)| {
        Some((
            month.audience?[view as usize],
            weight,
            trust_of(month, view),
        ))
    });
    let newest: Vec<(f64, f64, f64)> = known.collect();
    if newest.len() < MONTHS_LEAST {
        return Err("an audience that has not been seen for 3 months");
    }
    let recent = newest.iter().rev().take(MONTHS_LEAST).copied();
    let mean = Mean::of(recent).ok_or("no audience")?;
    MEASURE
        .spec
        .vouched(mean.value, mean.sd.max(mean.value * 0.05), mean.vouched)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, near, with};

    fn months(audience: [f64; 2]) -> Vec<Month> {
        let mut month = with(Month::default(), Metric::Followers, audience[0], 0);
        month.audience = Some(audience);
        vec![month; 3]
    }

    #[test]
    fn the_net_audience_counts() {
        let inputs = inputs(months([50_000.0, 999.0]));
        let (value, sd) = clean(&MEASURE, &inputs);
        // Nothing moves: the prior's half of it alone, over the three months that count for 2.96; on
        // 1000.
        assert!(
            near(value, 999.0) && (sd - 0.499_5 / 2.96).abs() < 1e-3,
            "{value} {sd}"
        );
    }

    #[test]
    fn what_was_seen_long_ago_says_nothing() {
        let mut held = months([100.0; 2]);
        held.extend(vec![Month::default(); NEWS - 1]);
        let near_enough = inputs(held.clone());
        let at = near_enough.months.len() - 1;
        assert!(of(&Window::at(&near_enough, at).expect("a month"), View::Clean).is_ok());
        held.push(Month::default());
        let old = inputs(held);
        assert!(of(&Window::at(&old, at + 1).expect("a month"), View::Clean).is_err());
    }

    #[test]
    fn what_was_just_seen_first_says_nothing() {
        let young = inputs(months([100.0; 2]).split_off(1));
        assert!(of(&Window::at(&young, 1).expect("a month"), View::Clean).is_err());
        let all = inputs(months([100.0, 90.0]));
        let raw = of(&Window::at(&all, 2).expect("a month"), View::Raw).expect("measured");
        assert!(near(raw.value, 100.0), "{}", raw.value);
    }
}
