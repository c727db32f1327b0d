//! Orders that nobody wanted: bursts of single units for buyers who are strangers to everybody
//! else, far above the seller's own rhythm, without visits that grew with them; and orders of
//! buyers whose review is likely to be planted.
//!
//! Orders have no assessment of their own, so this rests on facts alone.

use super::Suspicion;
use super::orders::Item;
use crate::brand::inputs::Month;
use crate::brand::window::median;
use crate::domain::DAY;
use crate::state::State;

/// Seconds of a week.
pub(super) const WEEK: u32 = 7 * DAY;
/// A week may hold this many times the usual, and some more, before anything is thought of it: sales
/// days and seasons do.
const TIMES_USUAL: f64 = 3.0;
const ALWAYS_FREE: f64 = 3.0;
/// Share of the weeks, the busiest, that say nothing of what is usual.
const BUSIEST: f64 = 0.1;
/// Weeks before that say what a growing seller is used to.
const WEEKS_BEFORE: usize = 4;
/// A level that was held this many weeks ago, for this many, is a new level and no burst.
const LASTING: (usize, usize) = (6, 10);
/// Decimal logarithm of the probability below which a week is no chance (Poisson scan; Naus, 1982).
const SURPRISE: f64 = -6.0;
/// How much of the growth of visits excuses orders.
const EXCUSED: f64 = 1.5;

/// Whether an order could be for show: its buyer has bought nothing of anybody else, and one unit.
fn is_stranger(state: &State, item: &Item<'_>, here: u32) -> bool {
    let elsewhere = state
        .buyer(item.order.buyer)
        .is_some_and(|buyer| buyer.orders > here);
    !elsewhere && item.order.quantity == 1 && state.buyer(item.order.buyer).is_some()
}

/// Lowers what orders count for. `items` are in order of time.
pub(super) fn doubt(
    state: &State,
    suspicion: Suspicion<'_>,
    months: &[Month],
    items: &mut [Item<'_>],
) {
    let strangers = strangers(state, items);
    let weeks = weeks(items, &strangers, &visits(months));
    let excess = excesses(&weeks);
    let first = items.first().map_or(0, |item| item.order.seconds / WEEK);
    for (item, stranger) in items.iter_mut().zip(strangers) {
        if !stranger {
            continue;
        }
        let week = (item.order.seconds / WEEK - first) as usize;
        item.genuine *= 1.0 - excess.get(week).copied().unwrap_or(0.0);
        if let Some(planted) = planted(state, suspicion, item) {
            item.genuine *= 1.0 - planted;
        }
    }
}

/// Which orders could be for show.
fn strangers(state: &State, items: &[Item<'_>]) -> Vec<bool> {
    let mut buyers: Vec<u32> = items.iter().map(|item| item.order.buyer).collect();
    buyers.sort_unstable();
    let here = |buyer: u32| {
        let start = buyers.partition_point(|held| *held < buyer);
        let end = buyers.partition_point(|held| *held <= buyer);
        (end - start) as u32
    };
    let of = |item: &Item<'_>| is_stranger(state, item, here(item.order.buyer));
    items.iter().map(of).collect()
}

/// Strangers' orders of each week, from the first order's on, and how far visits grew then.
fn weeks(items: &[Item<'_>], strangers: &[bool], visits: &[f64]) -> Vec<(f64, f64)> {
    let (Some(first), Some(last)) = (items.first(), items.last()) else {
        return Vec::new();
    };
    let first = first.order.seconds / WEEK;
    let mut weeks = vec![(0.0, 1.0); (last.order.seconds / WEEK - first) as usize + 1];
    for (item, stranger) in items.iter().zip(strangers) {
        let week = (item.order.seconds / WEEK - first) as usize;
        if let Some(held) = weeks.get_mut(week).filter(|_| *stranger) {
            held.0 += 1.0;
            held.1 = visits.get(item.place).copied().unwrap_or(1.0);
        }
    }
    weeks
}

/// Share of each week's orders that is in excess. What is usual is the mean of all weeks but the
/// busiest, or what the weeks just before held where the seller grows; weeks that were found out
/// count there as usual ones, so that a burst does not explain itself.
pub(super) fn excesses(weeks: &[(f64, f64)]) -> Vec<f64> {
    let counts: Vec<f64> = weeks.iter().map(|week| week.0).collect();
    let overall = usual(&counts);
    let mut accepted: Vec<f64> = Vec::with_capacity(weeks.len());
    let of = |(count, grown): &(f64, f64)| {
        let start = accepted.len().saturating_sub(WEEKS_BEFORE);
        let mut before = accepted[start..].to_vec();
        // What has lasted is no burst any more.
        let end = accepted.len().saturating_sub(LASTING.0);
        let lasting = counts
            .get(end.saturating_sub(LASTING.1)..end)
            .unwrap_or(&[]);
        let usual = overall
            .max(median(&mut before))
            .max(median(&mut lasting.to_vec()));
        let excess = excess(*count, usual, *grown);
        accepted.push(count * (1.0 - excess));
        excess
    };
    weeks.iter().map(of).collect()
}

/// The mean of the weeks, the busiest left out.
fn usual(weeks: &[f64]) -> f64 {
    let mut sorted = weeks.to_vec();
    sorted.sort_by(f64::total_cmp);
    let kept = ((sorted.len() as f64) * (1.0 - BUSIEST)).floor().max(1.0) as usize;
    let kept = sorted.get(..kept.min(sorted.len())).unwrap_or(&[]);
    kept.iter().sum::<f64>() / (kept.len() as f64).max(1.0)
}

/// Visits of each month over the middle month's; 1 where they are not known.
fn visits(months: &[Month]) -> Vec<f64> {
    let known = months.iter().map(|month| month.sessions);
    let mut sorted: Vec<f64> = known.filter(|visits| *visits > 0.0).collect();
    let middle = median(&mut sorted);
    let over = |month: &Month| {
        if middle > 0.0 && month.sessions > 0.0 {
            month.sessions / middle
        } else {
            1.0
        }
    };
    months.iter().map(over).collect()
}

/// Share of a week's orders beyond the usual, where the week holds more than it may and that is no
/// chance.
fn excess(count: f64, usual: f64, grown: f64) -> f64 {
    let explained = usual * grown.max(1.0);
    let free = (TIMES_USUAL * usual + ALWAYS_FREE).max(explained * EXCUSED);
    if count <= free || log10_tail(count, free) > SURPRISE {
        return 0.0;
    }
    1.0 - explained / count
}

/// Decimal logarithm of a bound on the probability that a Poisson count of this mean is `count` or
/// more (Chernoff).
fn log10_tail(count: f64, mean: f64) -> f64 {
    (count - mean - count * libm::log(count / mean)) / std::f64::consts::LN_10
}

/// How likely the review that the buyer wrote of the same listing is to be planted, if there is one.
fn planted(state: &State, suspicion: Suspicion<'_>, item: &Item<'_>) -> Option<f64> {
    let reviewer = state.reviewer_of_buyer(item.order.buyer)?;
    let reviews = state.reviews_of_reviewer(reviewer).take(8);
    let of_listing =
        reviews.filter(|(_, review)| review.listing == item.order.listing && review.stars == 5);
    of_listing.map(|(row, _)| suspicion(row)).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_without_visits_is_in_excess() {
        // 250 where 3 are usual: 12 would be free, but a week that is found out counts as a usual one.
        assert!((excess(250.0, 3.0, 1.0) - (1.0 - 3.0 / 250.0)).abs() < 1e-12);
        assert_eq!(excess(11.0, 3.0, 1.0), 0.0);
        // Half as many more again is chance.
        assert_eq!(excess(18.0, 3.0, 1.0), 0.0);
        // Visits that grew fifty times explain it.
        assert_eq!(excess(220.0, 3.0, 50.0), 0.0);
    }

    #[test]
    fn growth_is_no_burst_and_a_burst_does_not_explain_itself() {
        let weeks = |counts: &[f64]| counts.iter().map(|count| (*count, 1.0)).collect::<Vec<_>>();
        let growing = weeks(&[1.0, 1.0, 2.0, 4.0, 6.0, 10.0, 16.0, 26.0, 40.0, 60.0, 90.0]);
        assert!(excesses(&growing).iter().all(|excess| *excess == 0.0));
        let mut burst = vec![2.0; 30];
        burst.extend([170.0; 3]);
        let found = excesses(&weeks(&burst));
        assert!(
            found[30..]
                .iter()
                .all(|excess| (excess - (1.0 - 2.0 / 170.0)).abs() < 1e-9)
        );
        assert!(found[..30].iter().all(|excess| *excess == 0.0));
        // A new level is doubted for a quarter of a year at most.
        let mut level = vec![2.0; 200];
        level.extend([80.0; 20]);
        let found = excesses(&weeks(&level));
        assert!(found[200] > 0.9 && found[219] == 0.0, "{found:?}");
    }

    #[test]
    fn busy_weeks_are_not_the_usual_ones() {
        let mut weeks = vec![2.0; 20];
        weeks[7] = 500.0;
        assert_eq!(usual(&weeks), 2.0);
        assert_eq!(usual(&[]), 0.0);
        assert_eq!(usual(&[4.0]), 4.0);
    }
}
