//! Finds bursts of orders: excessive weeks in a row, and the days on which they begin and end. Weeks
//! are tested, days are doubted.
//!
//! The first day is the one from which on a burst is likelier than the seller's usual rate. It is the
//! maximum of the summed log likelihood ratios of two Poisson rates (CUSUM; Page, Biometrika 41,
//! 1954). The last day is found in the same way, backwards. Orders before and after these days are
//! believed if chance explains them.

/// Days of a week.
pub(super) const DAYS: usize = 7;
/// Weeks before that give the expected count of a week.
pub(super) const QUARTER: usize = 13;
/// Orders that the prior of a rate counts for (Jeffreys).
pub(super) const SHAPE: f64 = 0.5;
/// Standard deviations (Poisson) that days outside of a burst may hold beyond the expected.
const OUTSIDE_SDS: f64 = 2.0;
/// Orders that they may hold beyond that.
const OUTSIDE_FREE: f64 = 1.0;
/// Least expected orders of a week: the prior's in a quarter.
const EXPECTED_LEAST: f64 = SHAPE / QUARTER as f64;

/// Counts of one week.
#[derive(Clone, Copy, Debug)]
pub(super) struct WeekCount {
    /// Orders, or reviews, of unestablished accounts.
    pub(super) count: f64,
    /// Visits over those of the median month; 1 where they are not known.
    pub(super) growth: f64,
}

/// Orders of unestablished buyers by day of a week.
pub(super) type DayCounts = [f64; DAYS];

/// Excessive weeks in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Burst {
    /// Orders of unestablished buyers in the weeks before.
    pub(super) before: f64,
    /// Number of these weeks.
    pub(super) weeks_before: f64,
    /// Length of its doubted days, in usual weeks.
    pub(super) weeks: f64,
}

/// A week with doubted days.
#[derive(Clone, Copy, Debug)]
pub(super) struct DoubtedWeek {
    /// Index of its burst.
    pub(super) burst: usize,
    /// Its first doubted day.
    pub(super) first: usize,
    /// The day after the last.
    pub(super) end: usize,
    /// Orders of unestablished buyers on these days.
    pub(super) count: f64,
    /// Length of these days in usual weeks: their share of a week times the growth of visits.
    pub(super) weeks: f64,
}

/// All bursts, and the doubted days of each week.
pub(super) struct Bursts {
    pub(super) bursts: Vec<Burst>,
    pub(super) weeks: Vec<Option<DoubtedWeek>>,
}

impl Bursts {
    /// Groups excessive weeks in a row. `levels` has the expected count of each of them, none for
    /// other weeks.
    pub(super) fn of(weeks: &[WeekCount], days: &[DayCounts], levels: &[Option<f64>]) -> Self {
        let mut bursts: Vec<Burst> = Vec::new();
        let mut doubted: Vec<Option<DoubtedWeek>> = Vec::with_capacity(weeks.len());
        let mut accepted: Vec<f64> = Vec::with_capacity(weeks.len());
        for run in levels.chunk_by(|one, other| one.is_some() == other.is_some()) {
            let range = doubted.len()..doubted.len() + run.len();
            let (Some(counts), Some(days)) = (weeks.get(range.clone()), days.get(range)) else {
                break;
            };
            if run.first().copied().flatten().is_none() {
                doubted.extend(run.iter().map(|_| None));
                accepted.extend(counts.iter().map(|week| week.count));
                continue;
            }
            let quarter = &accepted[accepted.len().saturating_sub(QUARTER)..];
            let of_burst = doubted_weeks(counts, days, run, bursts.len());
            bursts.push(Burst {
                before: quarter.iter().sum(),
                weeks_before: quarter.len() as f64,
                weeks: of_burst.iter().map(|week| week.weeks).sum(),
            });
            doubted.extend(of_burst.into_iter().map(Some));
            accepted.extend(run.iter().flatten());
        }
        Self {
            bursts,
            weeks: doubted,
        }
    }
}

/// The weeks of one burst, without the days before its beginning and after its end.
fn doubted_weeks(
    weeks: &[WeekCount],
    days: &[DayCounts],
    levels: &[Option<f64>],
    burst: usize,
) -> Vec<DoubtedWeek> {
    let count: f64 = weeks.iter().map(|week| week.count).sum();
    let rate = count / (weeks.len() * DAYS) as f64;
    let outside = |week: usize, edge: fn(&DayCounts, f64, f64) -> usize| {
        let level = levels.get(week).copied().flatten().unwrap_or(0.0);
        days.get(week).map_or(0, |days| edge(days, rate, level))
    };
    let last = weeks.len().saturating_sub(1);
    let (mut before, mut after) = (outside(0, days_before), outside(last, days_after));
    if last == 0 && before + after >= DAYS {
        (before, after) = (0, 0);
    }
    let pairs = days.iter().zip(weeks).enumerate();
    let doubted = pairs.map(|(index, (days, week))| {
        let first = if index == 0 { before } else { 0 };
        let end = if index == last { DAYS - after } else { DAYS };
        DoubtedWeek {
            burst,
            first,
            end,
            count: days.iter().take(end).skip(first).sum(),
            weeks: week.growth.max(1.0) * end.saturating_sub(first) as f64 / DAYS as f64,
        }
    });
    doubted.collect()
}

/// Counts the days of a week, from the first, before the beginning of a burst. `rate` is the burst's
/// count a day, `level` the expected count of the week.
fn days_before(days: &DayCounts, rate: f64, level: f64) -> usize {
    let usual = level.max(EXPECTED_LEAST) / DAYS as f64;
    if rate <= usual {
        return 0;
    }
    let ratio = libm::log(rate / usual);
    let (mut sum, mut least, mut begins) = (0.0, 0.0, 0);
    for (day, count) in days.iter().enumerate() {
        sum += count * ratio - (rate - usual);
        if sum < least {
            (least, begins) = (sum, day + 1);
        }
    }
    let outside: f64 = days.iter().take(begins).sum();
    let expected = usual * begins as f64;
    if outside <= expected + OUTSIDE_SDS * libm::sqrt(expected) + OUTSIDE_FREE {
        begins
    } else {
        0
    }
}

/// Counts the days of a week, from the last, after the end of a burst.
fn days_after(days: &DayCounts, rate: f64, level: f64) -> usize {
    let mut backwards = *days;
    backwards.reverse();
    days_before(&backwards, rate, level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burst_begins_with_its_first_busy_day() {
        // 25 a day from the fourth day on, where a third of an order a week is usual.
        let days = [0.0, 1.0, 0.0, 24.0, 26.0, 25.0, 25.0];
        assert_eq!(days_before(&days, 25.0, 0.3), 3);
        assert_eq!(days_after(&days, 25.0, 0.3), 0);
        // By hand: a day with one order is ln(25 / 0.0429) = 6.4 for the burst, 25 against it.
        assert_eq!(
            days_before(&[1.0, 30.0, 0.0, 30.0, 0.0, 0.0, 0.0], 25.0, 0.3),
            1
        );
        assert_eq!(
            days_after(&[1.0, 30.0, 0.0, 30.0, 0.0, 0.0, 0.0], 25.0, 0.3),
            3
        );
    }

    #[test]
    fn burst_has_the_excessive_weeks_in_a_row() {
        // 20 weeks of 4, then 25 and 175 of which the first three days of the 25 hold one.
        let week = |count, growth| WeekCount { count, growth };
        let mut weeks = vec![week(4.0, 1.0); 20];
        let mut days = vec![[1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]; 20];
        weeks.extend([week(25.0, 1.0), week(175.0, 2.0), week(7.0, 1.0)]);
        days.extend([
            [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 24.0],
            [25.0; DAYS],
            [1.0; DAYS],
        ]);
        let mut levels = vec![None; 20];
        levels.extend([Some(4.0), Some(4.0), None]);
        let Bursts {
            bursts,
            weeks: doubted,
        } = Bursts::of(&weeks, &days, &levels);
        assert!(bursts.len() == 1 && doubted[19].is_none() && doubted[22].is_none());
        let (before, full) = (doubted[20].expect("doubted"), doubted[21].expect("doubted"));
        // Of the first week only its last day is the burst's; visits of the second doubled.
        assert_eq!((before.first, before.end, before.count), (6, 7, 24.0));
        assert_eq!(
            (full.first, full.end, full.count, full.weeks),
            (0, 7, 175.0, 2.0)
        );
        assert_eq!((bursts[0].before, bursts[0].weeks_before), (52.0, 13.0));
        assert!((bursts[0].weeks - 2.0 - 1.0 / 7.0).abs() < 1e-12);
    }

    #[test]
    fn days_that_chance_does_not_explain_stay_doubted() {
        // Five orders before the burst where a twentieth is expected.
        assert_eq!(
            days_before(&[2.0, 2.0, 1.0, 40.0, 40.0, 40.0, 40.0], 40.0, 0.1),
            0
        );
        // A busy seller has as many in three days.
        assert_eq!(
            days_before(&[2.0, 2.0, 1.0, 40.0, 40.0, 40.0, 40.0], 40.0, 12.0),
            3
        );
        assert_eq!(days_before(&[0.0; DAYS], 3.0, 1.0), DAYS);
        assert_eq!(days_before(&[1.0; DAYS], 1.0, 30.0), 0);
    }
}
