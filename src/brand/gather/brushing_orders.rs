//! Detects brushing orders: bursts of orders from new buyers with no other activity, far above the
//! seller's usual volume and without matching growth in visits.
//!
//! [`super::order_similarity`] estimates which orders of such a week belong to the burst. Buyers who
//! came before it, and those who buy from other sellers, are not doubted. Orders of buyers whose review
//! is likely to be planted are doubted, too. Orders have no assessment of their own, so this uses facts
//! of orders, visits and reviews alone.

use std::collections::{BTreeMap, BTreeSet};

use super::bursts::{Bursts, DAYS, DayCounts, QUARTER, WeekCount};
use super::order_similarity::{TraitedOrder, own_probabilities, traits};
use super::orders::GatheredOrder;
use crate::brand::inputs::Month;
use crate::domain::DAY;
use crate::state::{BuyerIx, ReviewIx, ReviewRow, State};
use crate::stats::median;

/// Seconds of a week.
pub(super) const WEEK: u32 = 7 * DAY;
/// Multiple of the usual count that a week may hold: sales days and seasons reach it.
const TIMES_USUAL: f64 = 3.0;
/// Orders that a week may hold beyond that.
const ALWAYS_FREE: f64 = 3.0;
/// Share of the weeks, the busiest, that are left out of the usual count.
const BUSIEST: f64 = 0.1;
/// Weeks before that give the usual count of a growing seller.
const WEEKS_BEFORE: usize = 4;
/// Weeks after which a level is no burst any more. A level that was reached so long ago, or is still
/// reached so much later, is believed from its beginning.
const LASTING_AFTER: usize = 6;
/// Weeks of a lasting level.
const LASTING_WEEKS: usize = 10;
/// Decimal logarithm of the probability below which a week is no chance (Poisson scan; Naus, 1982).
const SURPRISE: f64 = -6.0;
/// Standard deviations above the expected from which the neighbour of a burst is part of it.
const NEIGHBOUR_SDS: f64 = 2.0;
/// Seconds from a buyer's first order on in which it is new. Older accounts had to be made and used
/// before the burst.
const NEW: u32 = 8 * WEEK;
/// Multiple of the growth of visits that explains orders.
const EXPLAINED: f64 = 1.5;
/// Most reviews of a buyer that are looked at.
const REVIEWS_LOOKED_AT: usize = 8;

/// Lowers the probabilities that orders are genuine. `orders` are oldest first; `planted` has the
/// probability that reviews of five stars are planted, by row.
pub(super) fn doubt(
    state: &State,
    planted: &BTreeMap<ReviewIx, f64>,
    months: &[Month],
    orders: &mut [GatheredOrder<'_>],
) {
    let buyers = buyers(state, orders);
    let calendar = Calendar::of(orders);
    let weeks = calendar.weeks(orders, &buyers, &growth_of_visits(months));
    let levels = levels(&weeks);
    if levels.iter().any(Option::is_some) {
        let bursts = Bursts::of(&weeks, &calendar.days(orders, &buyers), &levels);
        let traited: Vec<TraitedOrder> = orders
            .iter()
            .zip(&buyers)
            .map(|(order, buyer)| {
                let (week, day) = calendar.week_and_day(order);
                let doubted = bursts.weeks.get(week).copied().flatten();
                let doubts =
                    |first: usize, end: usize| buyer.unestablished && (first..end).contains(&day);
                let reviewed = is_reviewed(state, order);
                TraitedOrder {
                    traits: traits(order.row, order.destination, buyer.again, reviewed),
                    doubted: doubted.filter(|week| doubts(week.first, week.end)),
                    unestablished: buyer.unestablished,
                }
            })
            .collect();
        let own = own_probabilities(&traited, &bursts.bursts);
        for (order, own) in orders.iter_mut().zip(own) {
            order.genuine *= own;
        }
    }
    for (order, buyer) in orders.iter_mut().zip(buyers) {
        if buyer.unestablished && !planted.is_empty() {
            order.genuine *= 1.0 - planted_review(state, planted, order);
        }
    }
}

/// Facts of the buyer of an order.
#[derive(Clone, Copy, Debug, Default)]
struct Buyer {
    /// Has bought from no other seller, and first from this one a short while ago.
    unestablished: bool,
    /// Has an earlier order.
    again: bool,
}

/// Orders of one buyer.
struct BuyerOrders {
    count: u32,
    /// Second of the first one.
    first: u32,
}

/// The buyers of the orders.
fn buyers(state: &State, orders: &[GatheredOrder<'_>]) -> Vec<Buyer> {
    let mut by_buyer: BTreeMap<Option<BuyerIx>, BuyerOrders> = BTreeMap::new();
    for order in orders {
        let first = order.row.seconds;
        let own = by_buyer.entry(order.row.buyer);
        own.or_insert(BuyerOrders { count: 0, first }).count += 1;
    }
    let mut met = BTreeSet::new();
    let of = |order: &GatheredOrder<'_>| {
        let id = order.row.buyer;
        let again = !met.insert(id);
        let buyer = id.and_then(|id| state.buyer(id));
        let (Some(buyer), Some(own)) = (buyer, by_buyer.get(&id)) else {
            return Buyer::default();
        };
        Buyer {
            unestablished: buyer.orders <= own.count && order.row.seconds - own.first <= NEW,
            again,
        }
    };
    orders.iter().map(of).collect()
}

/// Numbers weeks from that of the first order on.
struct Calendar {
    /// In weeks since 1970.
    first: u32,
    weeks: usize,
}

impl Calendar {
    fn of(orders: &[GatheredOrder<'_>]) -> Self {
        let week = |order: &GatheredOrder<'_>| order.row.seconds / WEEK;
        let first = orders.first().map_or(0, week);
        let weeks = orders
            .last()
            .map_or(0, |order| (week(order) - first) as usize + 1);
        Self { first, weeks }
    }

    /// The week of an order, and the day of that week.
    const fn week_and_day(&self, order: &GatheredOrder<'_>) -> (usize, usize) {
        let seconds = order.row.seconds;
        let week = seconds / WEEK - self.first;
        (week as usize, (seconds % WEEK / DAY) as usize)
    }

    /// Counts orders of unestablished buyers by week.
    fn weeks(
        &self,
        orders: &[GatheredOrder<'_>],
        buyers: &[Buyer],
        growth_of_visits: &[f64],
    ) -> Vec<WeekCount> {
        let empty = WeekCount {
            count: 0.0,
            growth: 1.0,
        };
        let mut weeks = vec![empty; self.weeks];
        for (order, buyer) in orders.iter().zip(buyers) {
            let (week, _) = self.week_and_day(order);
            if let Some(week) = weeks.get_mut(week).filter(|_| buyer.unestablished) {
                week.count += 1.0;
                week.growth = growth_of_visits.get(order.month).copied().unwrap_or(1.0);
            }
        }
        weeks
    }

    /// Counts orders of unestablished buyers by day of each week.
    fn days(&self, orders: &[GatheredOrder<'_>], buyers: &[Buyer]) -> Vec<DayCounts> {
        let mut days = vec![[0.0; DAYS]; self.weeks];
        for (order, buyer) in orders.iter().zip(buyers) {
            let (week, day) = self.week_and_day(order);
            let count = days.get_mut(week).and_then(|week| week.get_mut(day));
            if let Some(count) = count.filter(|_| buyer.unestablished) {
                *count += 1.0;
            }
        }
        days
    }
}

/// The expected count of each excessive week; none for the others. Usual is the mean of all weeks
/// but the busiest, or the count of the weeks just before where the seller grows. Excessive weeks
/// count there as expected, so that a burst does not explain itself. Expected is the mean of the
/// quarter before: the usual count is the largest of three, and would leave too much.
fn levels(weeks: &[WeekCount]) -> Vec<Option<f64>> {
    let counts: Vec<f64> = weeks.iter().map(|week| week.count).collect();
    let overall = usual(&counts);
    let mut accepted: Vec<f64> = Vec::with_capacity(weeks.len());
    let of = |(index, week): (usize, &WeekCount)| {
        let before = &accepted[accepted.len().saturating_sub(WEEKS_BEFORE)..];
        // A level that has lasted is no burst any more.
        let end = index.saturating_sub(LASTING_AFTER);
        let lasting = counts.get(end.saturating_sub(LASTING_WEEKS)..end);
        let later = index + LASTING_AFTER;
        let stays = counts.get(later..later + LASTING_WEEKS);
        let usual = [Some(before), lasting, stays]
            .into_iter()
            .fold(overall, |usual, weeks| {
                usual.max(median(&mut weeks.unwrap_or(&[]).to_vec()))
            });
        let quarter = &accepted[accepted.len().saturating_sub(QUARTER)..];
        let expected = if quarter.is_empty() {
            usual
        } else {
            let mean = quarter.iter().sum::<f64>() / quarter.len() as f64;
            mean.min(usual)
        };
        let level = is_excessive(week, usual).then(|| expected * week.growth.max(1.0));
        accepted.push(level.unwrap_or(week.count));
        level
    };
    let levels: Vec<Option<f64>> = weeks.iter().enumerate().map(of).collect();
    with_neighbours(&counts, &levels)
}

/// Adds weeks beside excessive ones that two standard deviations (Poisson) do not explain: bursts do
/// not begin and end with weeks.
fn with_neighbours(counts: &[f64], levels: &[Option<f64>]) -> Vec<Option<f64>> {
    let at = |week: Option<usize>| levels.get(week?).copied().flatten();
    let of = |(index, count): (usize, &f64)| {
        let beside = || at(index.checked_sub(1)).or_else(|| at(index.checked_add(1)));
        let unexplained = |level: &f64| *count > *level + NEIGHBOUR_SDS * libm::sqrt(*level);
        levels[index].or_else(|| beside().filter(unexplained))
    };
    counts.iter().enumerate().map(of).collect()
}

/// Share of each excessive week's count beyond the expected; 0 for other weeks.
pub(super) fn excesses(weeks: &[WeekCount]) -> Vec<f64> {
    let levels = levels(weeks).into_iter();
    let share = |(level, week): (Option<f64>, &WeekCount)| {
        level.map_or(0.0, |level| (1.0 - level / week.count).max(0.0))
    };
    levels.zip(weeks).map(share).collect()
}

/// The mean of the weeks without the busiest.
fn usual(weeks: &[f64]) -> f64 {
    let mut sorted = weeks.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = ((sorted.len() as f64) * (1.0 - BUSIEST)).floor().max(1.0) as usize;
    let kept = sorted.get(..count.min(sorted.len())).unwrap_or(&[]);
    kept.iter().sum::<f64>() / (kept.len() as f64).max(1.0)
}

/// Visits of each month over those of the median month; 1 where they are not known.
fn growth_of_visits(months: &[Month]) -> Vec<f64> {
    let visits = months.iter().map(|month| month.sessions);
    let mut known: Vec<f64> = visits.filter(|visits| *visits > 0.0).collect();
    let middle = median(&mut known);
    let growth = |month: &Month| {
        if middle > 0.0 && month.sessions > 0.0 {
            month.sessions / middle
        } else {
            1.0
        }
    };
    months.iter().map(growth).collect()
}

/// Whether a week holds more than it may, and that is no chance.
fn is_excessive(week: &WeekCount, usual: f64) -> bool {
    let free = free(usual).max(usual * week.growth.max(1.0) * EXPLAINED);
    week.count > free && log10_tail(week.count, free) <= SURPRISE
}

/// The count that a week may hold, given the usual count.
pub(super) fn free(usual: f64) -> f64 {
    TIMES_USUAL * usual + ALWAYS_FREE
}

/// Decimal logarithm of a bound on the probability that a Poisson count of this mean is `count` or
/// more (Chernoff).
fn log10_tail(count: f64, mean: f64) -> f64 {
    (count - mean - count * libm::log(count / mean)) / std::f64::consts::LN_10
}

/// The reviews that the buyer of an order wrote of the same listing.
fn reviews<'a>(
    state: &'a State,
    order: &GatheredOrder<'_>,
) -> impl Iterator<Item = (ReviewIx, &'a ReviewRow)> {
    let listing = order.row.listing;
    let buyer = order.row.buyer;
    let reviewer = buyer.and_then(|buyer| state.reviewer_of_buyer(buyer));
    let reviews = reviewer
        .into_iter()
        .flat_map(|row| state.reviews_of_reviewer(row).take(REVIEWS_LOOKED_AT));
    reviews.filter(move |(_, review)| review.listing == Some(listing))
}

fn is_reviewed(state: &State, order: &GatheredOrder<'_>) -> bool {
    reviews(state, order).next().is_some()
}

/// The probability that the review of the same listing by the buyer is planted; 0 without one.
fn planted_review(
    state: &State,
    planted: &BTreeMap<ReviewIx, f64>,
    order: &GatheredOrder<'_>,
) -> f64 {
    let reviews = reviews(state, order);
    let probabilities = reviews.filter_map(|(row, _)| planted.get(&row).copied());
    probabilities.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn week(count: f64, growth: f64) -> WeekCount {
        WeekCount { count, growth }
    }

    #[test]
    fn burst_without_visits_is_excessive() {
        // 250 where 3 are usual: 12 would be free.
        assert!(is_excessive(&week(250.0, 1.0), 3.0));
        assert!(!is_excessive(&week(11.0, 1.0), 3.0));
        // Half as many more again is chance.
        assert!(!is_excessive(&week(18.0, 1.0), 3.0));
        // Visits that grew fifty times explain it.
        assert!(!is_excessive(&week(220.0, 50.0), 3.0));
    }

    #[test]
    fn excessive_week_is_expected_to_hold_the_mean_of_the_quarter_before() {
        // 13 weeks of 0 and 2 in turn, seven of them with 2: 14 / 13, below the usual.
        let mut weeks: Vec<WeekCount> = (0..13)
            .map(|n| week(f64::from((n + 1) % 2 * 2), 1.0))
            .collect();
        weeks.push(week(120.0, 1.0));
        let found = levels(&weeks);
        assert!(found[..13].iter().all(Option::is_none));
        let level = found[13].expect("in excess");
        assert!((level - 14.0 / 13.0).abs() < 1e-12, "{level}");
        // The very first week has nothing before it.
        assert_eq!(levels(&[week(120.0, 1.0)]), [None]);
    }

    #[test]
    fn week_beside_a_burst_is_part_of_it() {
        // 25 where 4 are usual are no burst by themselves: 15 are free.
        let mut weeks = vec![week(4.0, 1.0); 20];
        weeks.push(week(25.0, 1.0));
        assert_eq!(levels(&weeks)[20], None);
        weeks.extend([week(175.0, 1.0), week(7.0, 1.0)]);
        let found = levels(&weeks);
        // No more than what is usual is expected, though the week of 25 was no burst yet.
        assert_eq!(found[20..], [Some(4.0), Some(4.0), None]);
    }

    #[test]
    fn growth_is_no_burst_and_a_burst_does_not_explain_itself() {
        let weeks = |counts: &[f64]| {
            let weeks = counts.iter().map(|count| week(*count, 1.0));
            weeks.collect::<Vec<_>>()
        };
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
    fn busiest_weeks_are_not_usual() {
        let mut weeks = vec![2.0; 20];
        weeks[7] = 500.0;
        assert_eq!(usual(&weeks), 2.0);
        assert_eq!(usual(&[]), 0.0);
        assert_eq!(usual(&[4.0]), 4.0);
    }
}
