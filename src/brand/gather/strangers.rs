//! Orders that nobody wanted: bursts of orders of buyers who are new and strangers to everybody
//! else, far above the seller's own rhythm, without visits that grew with them; and orders of
//! buyers whose review is likely to be planted. Which orders of such a week are the burst's is
//! told by [`super::alike`]; buyers who were there before it, and who buy elsewhere, stay whole.
//!
//! Orders have no assessment of their own, so this rests on facts alone.

use std::collections::{BTreeMap, BTreeSet};

use super::alike::{Seen, looks, own};
use super::bursts::{DAYS, QUARTER, bursts};
use super::orders::Item;
use crate::brand::inputs::Month;
use crate::brand::window::median;
use crate::domain::DAY;
use crate::state::{ReviewRow, State};

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
/// A level that was held this many weeks ago, for this many, is a new level and no burst; nor is one
/// that is still held this many weeks later, for as many: what lasted is believed from its beginning.
const LASTING: (usize, usize) = (6, 10);
/// Decimal logarithm of the probability below which a week is no chance (Poisson scan; Naus, 1982).
const SURPRISE: f64 = -6.0;
/// Standard deviations above the expected from which the neighbour of a burst is part of it.
const NEIGHBOUR_SDS: f64 = 2.0;
/// Seconds from a buyer's first order on in which it is new. Accounts that are older had to be made
/// and used before the burst.
const NEW: u32 = 8 * WEEK;
/// How much of the growth of visits excuses orders.
const EXCUSED: f64 = 1.5;

/// Lowers what orders count for. `items` are in order of time; `planted` says how likely reviews of
/// five stars are to be planted, by row.
pub(super) fn doubt(
    state: &State,
    planted: &BTreeMap<u32, f64>,
    months: &[Month],
    items: &mut [Item<'_>],
) {
    let buyers = buyers(state, items);
    let strangers: Vec<bool> = buyers.iter().map(|buyer| buyer.stranger).collect();
    let weeks = weeks(items, &strangers, &visits(months));
    let levels = levels(&weeks);
    if levels.iter().any(Option::is_some) {
        let (bursts, doubted) = bursts(&weeks, &days(items, &strangers, weeks.len()), &levels);
        let first = first_week(items);
        let seen: Vec<Seen> = items
            .iter()
            .zip(&buyers)
            .map(|(item, buyer)| {
                let (week, day) = at(item, first);
                let doubted = doubted.get(week).copied().flatten();
                let doubted = doubted.filter(|week| (week.first..week.end).contains(&day));
                Seen {
                    looks: looks(
                        item.order,
                        item.destination,
                        (buyer.again, is_reviewed(state, item)),
                    ),
                    doubted: doubted.filter(|_| buyer.stranger),
                    stranger: buyer.stranger,
                }
            })
            .collect();
        for (item, own) in items.iter_mut().zip(own(&seen, &bursts)) {
            item.genuine *= own;
        }
    }
    for (item, stranger) in items.iter_mut().zip(strangers) {
        if stranger && !planted.is_empty() {
            item.genuine *= 1.0 - of_its_review(state, planted, item);
        }
    }
}

/// What is known of the buyer of an order.
#[derive(Clone, Copy, Debug, Default)]
struct Buyer {
    /// Has bought nothing of anybody else, and came to this seller a short while ago.
    stranger: bool,
    /// Has an earlier order.
    again: bool,
}

/// The buyers of the orders.
fn buyers(state: &State, items: &[Item<'_>]) -> Vec<Buyer> {
    // By buyer: orders here, and when the first was.
    let mut here: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    for item in items {
        let first = item.order.seconds;
        here.entry(item.order.buyer).or_insert((0, first)).0 += 1;
    }
    let mut met = BTreeSet::new();
    let of = |item: &Item<'_>| {
        let again = !met.insert(item.order.buyer);
        let (Some(buyer), Some((count, first))) =
            (state.buyer(item.order.buyer), here.get(&item.order.buyer))
        else {
            return Buyer::default();
        };
        Buyer {
            stranger: buyer.orders <= *count && item.order.seconds - first <= NEW,
            again,
        }
    };
    items.iter().map(of).collect()
}

/// The week of the first order, in weeks since 1970.
fn first_week(items: &[Item<'_>]) -> u32 {
    items.first().map_or(0, |item| item.order.seconds / WEEK)
}

/// When an order came: weeks after the first order's, and the day of that week.
fn at(item: &Item<'_>, first_week: u32) -> (usize, usize) {
    let seconds = item.order.seconds;
    (
        (seconds / WEEK - first_week) as usize,
        (seconds % WEEK / DAY) as usize,
    )
}

/// Strangers' orders of each week, from the first order's on, and how far visits grew then.
fn weeks(items: &[Item<'_>], strangers: &[bool], visits: &[f64]) -> Vec<(f64, f64)> {
    let first = first_week(items);
    let Some(last) = items.last().map(|item| at(item, first).0) else {
        return Vec::new();
    };
    let mut weeks = vec![(0.0, 1.0); last + 1];
    for (item, stranger) in items.iter().zip(strangers) {
        let (week, _) = at(item, first);
        if let Some(held) = weeks.get_mut(week).filter(|_| *stranger) {
            held.0 += 1.0;
            held.1 = visits.get(item.place).copied().unwrap_or(1.0);
        }
    }
    weeks
}

/// Strangers' orders of each day of as many weeks.
fn days(items: &[Item<'_>], strangers: &[bool], weeks: usize) -> Vec<[f64; DAYS]> {
    let first = first_week(items);
    let mut days = vec![[0.0; DAYS]; weeks];
    for (item, stranger) in items.iter().zip(strangers) {
        let (week, day) = at(item, first);
        let held = days.get_mut(week).and_then(|week| week.get_mut(day));
        if let Some(count) = held.filter(|_| *stranger) {
            *count += 1.0;
        }
    }
    days
}

/// What each week that is in excess was expected to hold; none for the others. What is usual is the
/// mean of all weeks but the busiest, or what the weeks just before held where the seller grows; weeks
/// that were found out count there as expected, so that a burst does not explain itself. Expected is
/// the mean of the quarter before: the usual is the largest of three, and would leave too much.
fn levels(weeks: &[(f64, f64)]) -> Vec<Option<f64>> {
    let counts: Vec<f64> = weeks.iter().map(|week| week.0).collect();
    let expected = |usual: f64, quarter: &[f64]| {
        let mean = quarter.iter().sum::<f64>() / quarter.len() as f64;
        if quarter.is_empty() {
            usual
        } else {
            mean.min(usual)
        }
    };
    with_neighbours(&counts, &found_out(weeks, expected))
}

/// What each week in excess is taken to hold, given what is usual and the quarter before.
fn found_out(weeks: &[(f64, f64)], held: impl Fn(f64, &[f64]) -> f64) -> Vec<Option<f64>> {
    let counts: Vec<f64> = weeks.iter().map(|week| week.0).collect();
    let overall = usual(&counts);
    let mut accepted: Vec<f64> = Vec::with_capacity(weeks.len());
    let of = |(place, (count, grown)): (usize, &(f64, f64))| {
        let start = accepted.len().saturating_sub(WEEKS_BEFORE);
        let mut before = accepted[start..].to_vec();
        // What has lasted is no burst any more.
        let end = accepted.len().saturating_sub(LASTING.0);
        let lasting = counts
            .get(end.saturating_sub(LASTING.1)..end)
            .unwrap_or(&[]);
        let later = place + LASTING.0;
        let stays = counts.get(later..later + LASTING.1).unwrap_or(&[]);
        let usual = overall
            .max(median(&mut before))
            .max(median(&mut lasting.to_vec()))
            .max(median(&mut stays.to_vec()));
        let quarter = &accepted[accepted.len().saturating_sub(QUARTER)..];
        let level = in_excess(*count, usual, *grown).then(|| held(usual, quarter) * grown.max(1.0));
        accepted.push(level.unwrap_or(*count));
        level
    };
    weeks.iter().enumerate().map(of).collect()
}

/// A burst does not begin and end with weeks: of the weeks beside those found out, what two standard
/// deviations (Poisson) do not explain is in doubt, too.
fn with_neighbours(counts: &[f64], found: &[Option<f64>]) -> Vec<Option<f64>> {
    let at = |place: Option<usize>| found.get(place?).copied().flatten();
    let of = |(place, count): (usize, &f64)| {
        let beside = || at(place.checked_sub(1)).or_else(|| at(place.checked_add(1)));
        let far = |level: &f64| *count > *level + NEIGHBOUR_SDS * libm::sqrt(*level);
        found[place].or_else(|| beside().filter(far))
    };
    counts.iter().enumerate().map(of).collect()
}

/// Share of each week's count that is beyond the usual, where the week is in excess.
pub(super) fn excesses(weeks: &[(f64, f64)]) -> Vec<f64> {
    let levels = levels(weeks).into_iter();
    let share = |(level, (count, _)): (Option<f64>, &(f64, f64))| {
        level.map_or(0.0, |level| (1.0 - level / count).max(0.0))
    };
    levels.zip(weeks).map(share).collect()
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

/// Whether a week holds more than it may, and that is no chance.
fn in_excess(count: f64, usual: f64, grown: f64) -> bool {
    let free = free(usual).max(usual * grown.max(1.0) * EXCUSED);
    count > free && log10_tail(count, free) <= SURPRISE
}

/// How many there may be, where so many are usual, before anything is thought of it.
pub(super) fn free(usual: f64) -> f64 {
    TIMES_USUAL * usual + ALWAYS_FREE
}

/// Decimal logarithm of a bound on the probability that a Poisson count of this mean is `count` or
/// more (Chernoff).
fn log10_tail(count: f64, mean: f64) -> f64 {
    (count - mean - count * libm::log(count / mean)) / std::f64::consts::LN_10
}

/// Most reviews of a buyer that are looked at.
const REVIEWS_LOOKED_AT: usize = 8;

/// The reviews that the buyer of an order wrote of the same listing.
fn reviews<'a>(state: &'a State, item: &Item<'_>) -> impl Iterator<Item = (u32, &'a ReviewRow)> {
    let listing = item.order.listing;
    let reviewer = state.reviewer_of_buyer(item.order.buyer).into_iter();
    let reviews = reviewer.flat_map(|row| state.reviews_of_reviewer(row).take(REVIEWS_LOOKED_AT));
    reviews.filter(move |(_, review)| review.listing == listing)
}

fn is_reviewed(state: &State, item: &Item<'_>) -> bool {
    reviews(state, item).next().is_some()
}

/// How likely the review that the buyer wrote of the same listing is to be planted; 0 without one.
fn of_its_review(state: &State, planted: &BTreeMap<u32, f64>, item: &Item<'_>) -> f64 {
    let found = reviews(state, item).filter_map(|(row, _)| planted.get(&row).copied());
    found.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_without_visits_is_in_excess() {
        // 250 where 3 are usual: 12 would be free.
        assert!(in_excess(250.0, 3.0, 1.0));
        assert!(!in_excess(11.0, 3.0, 1.0));
        // Half as many more again is chance.
        assert!(!in_excess(18.0, 3.0, 1.0));
        // Visits that grew fifty times explain it.
        assert!(!in_excess(220.0, 3.0, 50.0));
    }

    #[test]
    fn a_week_found_out_holds_what_the_quarter_before_did() {
        // 13 weeks of 0 and 2 in turn, seven of them with 2: 14 / 13, below the usual.
        let mut weeks: Vec<(f64, f64)> =
            (0..13).map(|n| (f64::from((n + 1) % 2 * 2), 1.0)).collect();
        weeks.push((120.0, 1.0));
        let found = levels(&weeks);
        assert!(found[..13].iter().all(Option::is_none));
        let level = found[13].expect("in excess");
        assert!((level - 14.0 / 13.0).abs() < 1e-12, "{level}");
        // The very first week has nothing before it.
        assert_eq!(levels(&[(120.0, 1.0)]), [None]);
    }

    #[test]
    fn the_day_before_a_burst_is_part_of_it() {
        // 25 where 4 are usual are no burst by themselves: 15 are free.
        let mut weeks = vec![(4.0, 1.0); 20];
        weeks.push((25.0, 1.0));
        assert_eq!(levels(&weeks)[20], None);
        weeks.extend([(175.0, 1.0), (7.0, 1.0)]);
        let found = levels(&weeks);
        // No more than what is usual is expected, though the week of 25 was no burst yet.
        assert_eq!(found[20..], [Some(4.0), Some(4.0), None]);
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
        // A new level is doubted for a quarter of a year at most, and then from its beginning no more.
        let mut level = vec![2.0; 200];
        level.extend([80.0; 10]);
        let found = excesses(&weeks(&level));
        assert!(found[200..].iter().all(|excess| *excess > 0.9), "{found:?}");
        level.extend([80.0; 15]);
        let found = excesses(&weeks(&level));
        assert!(found.iter().all(|excess| *excess == 0.0), "{found:?}");
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
