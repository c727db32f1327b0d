//! Finds the month of a moment in a table, as every order and review needs it.

use std::sync::LazyLock;

use crate::domain::DAY;
use crate::domain::{Month, first_day};

/// The month of each day, up to the end of what seconds can say.
static MONTHS: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let days = u32::MAX / DAY + 1;
    let mut months = Vec::with_capacity(days as usize);
    let mut month = 0;
    for day in 0..days {
        if day == first_day(Month(month + 1)) {
            month += 1;
        }
        months.push(month);
    }
    months
});

/// The second at which each month begins.
static STARTS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let last = MONTHS.last().copied().unwrap_or(0);
    let start = |month: u16| first_day(Month(month)).saturating_mul(DAY);
    (0..=last + 1).map(start).collect()
});

/// The second at which a month begins.
pub(super) fn month_start(month: u16) -> u32 {
    STARTS.get(usize::from(month)).copied().unwrap_or(u32::MAX)
}

/// The month of a moment, in months since January 1970.
pub fn month_of(seconds: u32) -> u16 {
    let day = (seconds / DAY) as usize;
    MONTHS.get(day).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_the_calendar() {
        for day in (0..49_000).step_by(7) {
            assert_eq!(month_of(day * DAY), Month::of(day).0);
        }
        assert!(month_of(u32::MAX) > 1600);
    }
}
