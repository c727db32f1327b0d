//! Bursts of orders: doubted weeks in a row, and on which days they begin and end. Weeks are found
//! out, days are doubted.
//!
//! The first day is the one from which on a burst is likelier than the seller's own rhythm: the
//! maximum of the summed log likelihood ratios of two Poisson rates (CUSUM; Page, Biometrika 41,
//! 1954); the last day the same, backwards. What lies outside is believed if chance explains it.

/// Days of a week.
pub(super) const DAYS: usize = 7;
/// Weeks before that say what a week is expected to hold.
pub(super) const QUARTER: usize = 13;
/// Orders that the prior of a rate counts for (Jeffreys).
pub(super) const SHAPE: f64 = 0.5;
/// Standard deviations (Poisson), and orders, that days outside of a burst may hold beyond the
/// expected.
const OUTSIDE_SDS: f64 = 2.0;
const OUTSIDE_FREE: f64 = 1.0;
/// Least orders that a week is expected to hold: the prior's in a quarter.
const EXPECTED_LEAST: f64 = SHAPE / QUARTER as f64;

/// Doubted weeks in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Burst {
    /// Orders of strangers in the weeks before.
    pub(super) before: f64,
    /// How many weeks these are.
    pub(super) weeks_before: f64,
    /// Usual weeks that its doubted days are.
    pub(super) weeks: f64,
}

/// A week with doubted days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Week {
    /// Place of its burst.
    pub(super) burst: usize,
    /// Its first doubted day, and the day after the last.
    pub(super) first: usize,
    pub(super) end: usize,
    /// Orders of strangers on these days.
    pub(super) count: f64,
    /// Usual weeks that these days are: their share of a week times the growth of visits.
    pub(super) weeks: f64,
}

/// Doubted weeks in a row, and each week's place in them. Of each week the strangers' orders and the
/// growth of visits, those orders by day, and what was expected where the week is in doubt.
pub(super) fn bursts(
    weeks: &[(f64, f64)],
    days: &[[f64; DAYS]],
    levels: &[Option<f64>],
) -> (Vec<Burst>, Vec<Option<Week>>) {
    let mut bursts: Vec<Burst> = Vec::new();
    let mut places: Vec<Option<Week>> = Vec::with_capacity(weeks.len());
    let mut accepted: Vec<f64> = Vec::with_capacity(weeks.len());
    for run in levels.chunk_by(|one, other| one.is_some() == other.is_some()) {
        let at = places.len()..places.len() + run.len();
        let (Some(held), Some(days)) = (weeks.get(at.clone()), days.get(at)) else {
            break;
        };
        if run.first().copied().flatten().is_none() {
            places.extend(run.iter().map(|_| None));
            accepted.extend(held.iter().map(|(count, _)| count));
            continue;
        }
        let quarter = &accepted[accepted.len().saturating_sub(QUARTER)..];
        let doubted = doubted(held, days, run, bursts.len());
        bursts.push(Burst {
            before: quarter.iter().sum(),
            weeks_before: quarter.len() as f64,
            weeks: doubted.iter().map(|week| week.weeks).sum(),
        });
        places.extend(doubted.into_iter().map(Some));
        accepted.extend(run.iter().flatten());
    }
    (bursts, places)
}

/// The weeks of one burst, without the days on which it has not begun or is over.
fn doubted(
    weeks: &[(f64, f64)],
    days: &[[f64; DAYS]],
    levels: &[Option<f64>],
    burst: usize,
) -> Vec<Week> {
    let count: f64 = weeks.iter().map(|week| week.0).sum();
    let rate = count / (weeks.len() * DAYS) as f64;
    let of = |place: usize, edge: fn(&[f64; DAYS], f64, f64) -> usize| {
        let level = levels.get(place).copied().flatten().unwrap_or(0.0);
        days.get(place).map_or(0, |days| edge(days, rate, level))
    };
    let last = weeks.len().saturating_sub(1);
    let (mut begins, mut over) = (of(0, before), of(last, after));
    if last == 0 && begins + over >= DAYS {
        (begins, over) = (0, 0);
    }
    let week = |(place, (days, (_, grown))): (usize, (&[f64; DAYS], &(f64, f64)))| {
        let first = if place == 0 { begins } else { 0 };
        let end = if place == last { DAYS - over } else { DAYS };
        Week {
            burst,
            first,
            end,
            count: days.iter().take(end).skip(first).sum(),
            weeks: grown.max(1.0) * end.saturating_sub(first) as f64 / DAYS as f64,
        }
    };
    days.iter().zip(weeks).enumerate().map(week).collect()
}

/// The days of a week, from the first, on which a burst that begins in it has not begun. `rate` is
/// what the burst holds a day, `level` what the week was expected to.
fn before(days: &[f64; DAYS], rate: f64, level: f64) -> usize {
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

/// The days of a week, from the last, on which a burst that ends in it is over.
fn after(days: &[f64; DAYS], rate: f64, level: f64) -> usize {
    let mut backwards = *days;
    backwards.reverse();
    before(&backwards, rate, level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_begins_with_its_first_busy_day() {
        // 25 a day from the fourth day on, where a third of an order a week is usual.
        let days = [0.0, 1.0, 0.0, 24.0, 26.0, 25.0, 25.0];
        assert_eq!(before(&days, 25.0, 0.3), 3);
        assert_eq!(after(&days, 25.0, 0.3), 0);
        // By hand: a day with one order is ln(25 / 0.0429) = 6.4 for the burst, 25 against it.
        assert_eq!(before(&[1.0, 30.0, 0.0, 30.0, 0.0, 0.0, 0.0], 25.0, 0.3), 1);
        assert_eq!(after(&[1.0, 30.0, 0.0, 30.0, 0.0, 0.0, 0.0], 25.0, 0.3), 3);
    }

    #[test]
    fn the_weeks_of_a_burst_are_those_in_a_row() {
        // 20 weeks of 4, then 25 and 175 of which the first three days of the 25 hold one.
        let mut weeks = vec![(4.0, 1.0); 20];
        let mut days = vec![[1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]; 20];
        weeks.extend([(25.0, 1.0), (175.0, 2.0), (7.0, 1.0)]);
        days.extend([
            [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 24.0],
            [25.0; DAYS],
            [1.0; DAYS],
        ]);
        let mut levels = vec![None; 20];
        levels.extend([Some(4.0), Some(4.0), None]);
        let (bursts, places) = bursts(&weeks, &days, &levels);
        assert!(bursts.len() == 1 && places[19].is_none() && places[22].is_none());
        let (before, full) = (places[20].expect("doubted"), places[21].expect("doubted"));
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
    fn what_chance_does_not_explain_stays_in_doubt() {
        // Five orders before the burst where a twentieth is expected.
        assert_eq!(
            before(&[2.0, 2.0, 1.0, 40.0, 40.0, 40.0, 40.0], 40.0, 0.1),
            0
        );
        // A busy seller has as many in three days.
        assert_eq!(
            before(&[2.0, 2.0, 1.0, 40.0, 40.0, 40.0, 40.0], 40.0, 12.0),
            3
        );
        assert_eq!(before(&[0.0; DAYS], 3.0, 1.0), DAYS);
        assert_eq!(before(&[1.0; DAYS], 1.0, 30.0), 0);
    }
}
