//! Months on the service's clock.

use chrono::{DateTime, Datelike as _, NaiveDate};

use super::DAY;

/// Months since January 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(pub u16);

impl Month {
    /// Returns the month of a day since 1970.
    pub fn of(day: u32) -> Self {
        let months = DateTime::from_timestamp(i64::from(day) * i64::from(DAY), 0)
            .map_or(0, |date| (date.year() - 1970) * 12 + date.month0() as i32);
        Self(u16::try_from(months).unwrap_or(u16::MAX))
    }

    /// Returns the month before; `None` before the first.
    pub fn before(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }
}

/// Returns the first day of a month, in days since 1970.
pub fn first_day(month: Month) -> u32 {
    let (year, month0) = (month.0 / 12, month.0 % 12);
    let first = NaiveDate::from_ymd_opt(1970 + i32::from(year), u32::from(month0) + 1, 1);
    let since = first.and_then(|first| Some(first - NaiveDate::from_ymd_opt(1970, 1, 1)?));
    since.map_or(0, |since| since.num_days() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_map_to_their_months() {
        assert_eq!(
            (Month::of(0), Month::of(30), Month::of(31)),
            (Month(0), Month(0), Month(1))
        );
        // The leap day 29 February 2024, and the day after.
        assert_eq!(
            (Month::of(19_782), Month::of(19_783)),
            (Month(649), Month(650))
        );
        for day in 0..50_000 {
            let start = first_day(Month::of(day));
            assert!(start <= day && day - start < 31, "{day}");
        }
    }
}
