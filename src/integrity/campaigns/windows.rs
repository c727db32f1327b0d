//! Windows in which reviews come far above a rhythm.

use super::REVIEWS_LEAST;
use super::rhythm::ListingRhythm;

/// A window longer than this is a new rhythm.
pub(super) const DAYS_MOST: u32 = 120;
/// From one rate to the next, when a window is sought at its own scale.
const TIMES_STEP: f64 = 1.5;
/// Rates beyond this are alike.
const TIMES_MOST: f64 = 1000.0;

/// A first and a last day, since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DaySpan {
    pub(super) first: u32,
    pub(super) last: u32,
}

impl DaySpan {
    /// Whether a day is in both.
    pub(super) const fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The reviews of one polarity on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DailyCount {
    /// Since 1970.
    pub(super) day: u32,
    pub(super) count: u32,
}

/// A window with its counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) count: u32,
}

/// Log-likelihood ratio of a Poisson count at its own rate against the expected one.
pub(super) fn surprise(count: u32, expected: f64) -> f64 {
    let count = f64::from(count);
    if count <= expected {
        return 0.0;
    }
    count * libm::log(count / expected.max(1e-9)) - (count - expected)
}

/// All maximal segments in which the log-likelihood ratio of `times` the rate against the rate
/// itself piles up (Ruzzo and Tompa, ISMB 1999).
pub(super) fn segments(
    days: &[DailyCount],
    around: &ListingRhythm<'_>,
    rate: f64,
    times: f64,
) -> Vec<Window> {
    struct Candidate {
        before: f64,
        after: f64,
        window: Window,
    }
    let gain = libm::log(times);
    let mut stack: Vec<Candidate> = Vec::new();
    let (mut sum, mut last) = (0.0, None);
    for DailyCount { day, count } in days.iter().copied() {
        if let Some(last) = last {
            sum -= (times - 1.0) * rate * around.exposure(last + 1, day - 1);
        }
        last = Some(day);
        let before = sum;
        sum += f64::from(count) * gain - (times - 1.0) * rate * around.exposure(day, day);
        if sum <= before {
            continue;
        }
        let mut fresh = Candidate {
            before,
            after: sum,
            window: Window {
                first: day,
                last: day,
                count,
            },
        };
        while let Some(index) = stack.iter().rposition(|one| one.before < fresh.before) {
            if stack[index].after >= fresh.after {
                break;
            }
            fresh.before = stack[index].before;
            fresh.window.first = stack[index].window.first;
            stack.truncate(index);
        }
        stack.push(fresh);
    }
    stack
        .into_iter()
        .map(|candidate| recount(days, candidate.window.first, candidate.window.last))
        .collect()
}

/// A window with the reviews that the days have in it.
pub(super) fn recount(days: &[DailyCount], first: u32, last: u32) -> Window {
    let start = days.partition_point(|day| day.day < first);
    let inside = days.iter().skip(start).take_while(|day| day.day <= last);
    Window {
        first,
        last,
        count: inside.map(|day| day.count).sum(),
    }
}

/// The parts of a window that explain its reviews best. At a low rate a quiet listing's window
/// reaches out to every neighbour, and two pushes in one year are one; parts found at a higher
/// rate take its place where their log-likelihood ratios, less the price of their edges, sum to
/// more.
pub(super) fn tighten(
    days: &[DailyCount],
    around: &ListingRhythm<'_>,
    rate: f64,
    window: Window,
    times: f64,
    dense: &mut Vec<Window>,
) {
    let worth = |window: &Window| {
        surprise(
            window.count,
            rate * around.exposure(window.first, window.last),
        )
    };
    let start = days.partition_point(|day| day.day < window.first);
    let end = days.partition_point(|day| day.day <= window.last);
    let inside = days.get(start..end).unwrap_or(&[]);
    let price = libm::log1p(days.len() as f64);
    let lasting = window.last - window.first >= DAYS_MOST;
    let mut best = if lasting {
        f64::NEG_INFINITY
    } else {
        worth(&window)
    };
    let mut best_parts = None;
    let mut higher = times * TIMES_STEP;
    while higher <= TIMES_MOST {
        let mut parts = segments(inside, around, rate, higher);
        parts.retain(|part| part.count as usize >= REVIEWS_LEAST);
        let sum: f64 = parts.iter().map(|part| worth(part) - price).sum();
        if parts.is_empty() {
            break;
        }
        if sum > best {
            (best, best_parts) = (sum, Some((higher, parts)));
        }
        higher *= TIMES_STEP;
    }
    match best_parts {
        None => dense.push(window),
        Some((higher, parts)) => {
            for part in parts {
                tighten(days, around, rate, part, higher, dense);
            }
        }
    }
}
