//! Audiences net of fake growth.
//!
//! A bought audience comes at once and does nothing: what grows beyond what audiences grow in a
//! month, without searches or visits that grow with it, does not count; what leaves again leaves
//! from that part first.

use crate::brand::inputs::{Metric, Month};
use crate::brand::measure::View;

/// Growth a month that needs no explanation, as a share and in people.
const FREE_SHARE: f64 = 0.1;
const FREE_PEOPLE: f64 = 10.0;
/// How far an audience may outgrow the searches and visits that explain it.
const EXPLAINED: f64 = 1.5;

/// Fills in each month's audience, raw and net.
pub(super) fn clean(months: &mut [Month]) {
    for metric in [Metric::Followers, Metric::Viewers] {
        // Raw and net of the month before that knew it, and that month.
        let mut before: Option<(f64, f64, usize)> = None;
        for place in 0..months.len() {
            let Some((raw, _)) = months[place].metric(metric, View::Clean) else {
                continue;
            };
            let raw = raw.max(0.0);
            let claimed = months[place].metric(metric, View::Raw);
            let claimed = claimed.map_or(raw, |found| found.0.max(0.0));
            let net = match before {
                None => raw,
                Some((last, net, seen)) => {
                    let months_since = (place - seen) as f64;
                    let lift = lift(months, seen, place);
                    let free = net * (FREE_SHARE * months_since).max(lift * EXPLAINED);
                    let grown = (raw - last).min(free + FREE_PEOPLE * months_since);
                    (net + grown.max(0.0)).min(raw)
                }
            };
            before = Some((raw, net, place));
            let held = months[place].audience.get_or_insert([0.0; 2]);
            held[0] += claimed;
            held[1] += net;
        }
    }
}

/// How far searches for the brand and visits grew between two months, the smaller where both are known:
/// who comes to follow looks and visits, and one of them alone is noise of one month. 0 where they
/// fell or are not known.
fn lift(months: &[Month], from: usize, to: usize) -> f64 {
    let growth = |metric: Metric| {
        let (before, _) = months.get(from)?.metric(metric, View::Clean)?;
        let (after, _) = months.get(to)?.metric(metric, View::Clean)?;
        (before > 0.0).then(|| after / before - 1.0)
    };
    let grown = [growth(Metric::BrandQueries), growth(Metric::SiteSessions)];
    let least = grown.into_iter().flatten().reduce(f64::min);
    least.unwrap_or(0.0).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::Cell;

    fn months(followers: &[f64], searches: &[f64]) -> Vec<Month> {
        let of = |value: f64| Cell {
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
    fn bought_followers_do_not_count_and_leave_first() {
        let found = net(months(&[1000.0, 51_000.0, 51_100.0, 1200.0], &[50.0; 4]));
        // 110 are free in the first month, 121 are more than the 100 that came in the second.
        assert_eq!(found, [1000.0, 1110.0, 1210.0, 1200.0]);
    }

    #[test]
    fn an_audience_that_searches_follow_counts() {
        let found = net(months(&[1000.0, 3000.0], &[50.0, 150.0]));
        assert_eq!(found, [1000.0, 3000.0]);
    }
}
