//! Computes audiences net of fake growth.
//!
//! A bought audience comes at once and is inactive. Growth beyond that of usual audiences in a month
//! does not count without searches or visits that grow with it. An audience that shrinks loses that
//! part first.

use crate::brand::inputs::{Metric, Month};
use crate::brand::measure::View;

/// Growth a month that needs no explanation, as a share.
const FREE_SHARE: f64 = 0.1;
/// The same in people.
const FREE_PEOPLE: f64 = 10.0;
/// Growth of an audience that a growth of searches and visits explains, as a multiple.
const EXPLAINED: f64 = 1.5;

/// An audience in one month.
#[derive(Clone, Copy)]
struct Audience {
    month: usize,
    raw: f64,
    net: f64,
}

/// Fills in each month's audience, raw and net.
pub(super) fn clean(months: &mut [Month]) {
    for metric in [Metric::Followers, Metric::Viewers] {
        let mut before: Option<Audience> = None;
        for month in 0..months.len() {
            let Some(known) = months[month].metric(metric, View::Clean) else {
                continue;
            };
            let raw = known.value.max(0.0);
            let claimed = months[month].metric(metric, View::Raw);
            let net = before.map_or(raw, |before| net(months, before, month, raw));
            before = Some(Audience { month, raw, net });
            let audience = months[month].audience.get_or_insert([0.0; 2]);
            audience[0] += claimed.map_or(raw, |claimed| claimed.value.max(0.0));
            audience[1] += net;
        }
    }
}

/// The net audience of a month, given an earlier month that knew it.
fn net(months: &[Month], before: Audience, month: usize, raw: f64) -> f64 {
    let elapsed = (month - before.month) as f64;
    let explained = growth(months, before.month, month) * EXPLAINED;
    let free = before.net * (FREE_SHARE * elapsed).max(explained);
    let grown = (raw - before.raw).min(free + FREE_PEOPLE * elapsed);
    (before.net + grown.max(0.0)).min(raw)
}

/// Growth of searches for the brand and of visits between two months, the smaller where both are
/// known. New followers search and visit, and growth of one alone may be noise. 0 where they fell or
/// are not known.
fn growth(months: &[Month], from: usize, to: usize) -> f64 {
    let of = |metric: Metric| {
        let before = months.get(from)?.metric(metric, View::Clean)?.value;
        let after = months.get(to)?.metric(metric, View::Clean)?.value;
        (before > 0.0).then(|| after / before - 1.0)
    };
    let grown = [of(Metric::BrandQueries), of(Metric::SiteSessions)];
    let least = grown.into_iter().flatten().reduce(f64::min);
    least.unwrap_or(0.0).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::MetricCell;

    fn months(followers: &[f64], searches: &[f64]) -> Vec<Month> {
        let of = |value: f64| MetricCell {
            sum: [value, 0.0, 0.0],
            part: [1.0, 0.0, 0.0],
        };
        let both = followers.iter().zip(searches);
        both.map(|(followers, searches)| {
            let mut month = Month::default();
            month.metrics[Metric::Followers as usize] = of(*followers);
            month.metrics[Metric::BrandQueries as usize] = of(*searches);
            month
        })
        .collect()
    }

    fn net(mut months: Vec<Month>) -> Vec<f64> {
        clean(&mut months);
        let audience = months.iter().map(|month| month.audience.expect("known")[1]);
        audience.collect()
    }

    #[test]
    fn bought_followers_do_not_count_and_are_lost_first() {
        let found = net(months(&[1000.0, 51_000.0, 51_100.0, 1200.0], &[50.0; 4]));
        // 110 are free in the first month, 121 are more than the 100 that came in the second.
        assert_eq!(found, [1000.0, 1110.0, 1210.0, 1200.0]);
    }

    #[test]
    fn audience_that_grows_with_searches_counts() {
        let found = net(months(&[1000.0, 3000.0], &[50.0, 150.0]));
        assert_eq!(found, [1000.0, 3000.0]);
    }
}
