//! Checks and trims single values; a refusal names the field.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use pbjson_types::Timestamp;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

pub(super) use crate::domain::limits::cut;
use crate::domain::limits::{self, ID_BYTES, MONEY_UNITS};
use crate::proto::v1::Money;

/// Last second of a proto timestamp.
const LAST_SECOND: i64 = 253_402_300_799;

/// Checks an id: present, and within the limit.
pub(super) fn id(name: &str, text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("{name}: missing"));
    }
    if text.len() > ID_BYTES {
        return Err(format!("{name}: longer than {ID_BYTES} bytes"));
    }
    Ok(text.to_owned())
}

/// Makes an id of a prefix and a free text; a long one ends in a hash of the whole.
pub(super) fn made_id(prefix: &str, text: &str) -> String {
    let whole = format!("{prefix}{text}");
    if whole.len() <= ID_BYTES {
        return whole;
    }
    let hash = xxh3_128(whole.as_bytes());
    format!("{}~{hash:032x}", cut(&whole, ID_BYTES - 33))
}

/// Makes a stable id from parts. Their lengths distinguish `ab, c` from `a, bc`.
pub(super) fn hashed_id(parts: &[&[u8]]) -> String {
    let mut hasher = Xxh3::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    format!("{:032x}", hasher.digest128())
}

/// Reads whole stars from 1 to 5; `4.0` is whole, `4.5` is not.
pub(super) fn rating(name: &str, text: &str) -> Result<u32, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("{name}: missing"));
    }
    let shown = cut(text, 40);
    let stars: f64 = text
        .parse()
        .map_err(|_| format!("{name}: `{shown}` is not a number"))?;
    if !(1.0..=5.0).contains(&stars) {
        return Err(format!("{name}: {shown} is not 1 to 5"));
    }
    if stars.fract() != 0.0 {
        return Err(format!("{name}: {shown} is not whole"));
    }
    Ok(stars as u32)
}

/// Makes a time from 1970 to the year 9999.
pub(super) fn moment(name: &str, seconds: i64, nanos: u32) -> Result<Timestamp, String> {
    if seconds < 0 {
        return Err(format!("{name}: before 1970"));
    }
    if seconds > LAST_SECOND {
        return Err(format!("{name}: after the year 9999"));
    }
    Ok(Timestamp {
        seconds,
        nanos: nanos as i32,
    })
}

/// Reads RFC 3339, a date, or a date and time without zone as UTC.
pub(super) fn time(name: &str, text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("{name}: missing"));
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return moment(
            name,
            at.timestamp(),
            at.timestamp_subsec_nanos().min(999_999_999),
        );
    }
    let naive = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(|| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()?
                .and_hms_opt(0, 0, 0)
        })
        .ok_or_else(|| format!("{name}: `{}` is not a time", cut(text, 40)))?;
    let at = naive.and_utc();
    moment(
        name,
        at.timestamp(),
        at.timestamp_subsec_nanos().min(999_999_999),
    )
}

/// Reads a date such as `March 5, 2015`; `None` for anything else.
pub(super) fn spelled_date(text: &str) -> Option<Timestamp> {
    let date = NaiveDate::parse_from_str(text.trim(), "%B %d, %Y").ok()?;
    moment("", date.and_hms_opt(0, 0, 0)?.and_utc().timestamp(), 0).ok()
}

/// Returns a count within the limit of a listing.
pub(super) fn count(n: usize) -> Option<u32> {
    u32::try_from(n).ok().filter(|n| *n <= limits::MEDIA)
}

/// Reads a plain decimal amount such as `1,234.50`; `None` for anything else.
pub(super) fn money(text: &str, currency: &str) -> Option<Money> {
    let text = text.trim().replace(',', "");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let units = if whole.is_empty() {
        0
    } else {
        whole.parse::<i64>().ok()?
    };
    // Digits after the billionth are dropped.
    let nanos = format!("{:0<9}", cut(fraction, 9)).parse::<i32>().ok()?;
    (units <= MONEY_UNITS).then(|| Money {
        currency_code: currency.to_owned(),
        units,
        nanos,
    })
}

/// Adds two amounts in one currency.
pub(super) fn add(a: Money, b: &Money) -> Money {
    let nanos = i64::from(a.nanos) + i64::from(b.nanos);
    let units = a
        .units
        .saturating_add(b.units)
        .saturating_add(nanos / 1_000_000_000);
    Money {
        units: units.min(MONEY_UNITS),
        nanos: (nanos % 1_000_000_000) as i32,
        ..a
    }
}

/// Reads a US price as shop pages print it: `$12.99`, `from $5`, and the lower end of `$10 - $25`.
/// Markup and words give `None`.
pub(super) fn dollar_price(text: &str) -> Option<Money> {
    let text = text.trim();
    let text = text.strip_prefix("from ").unwrap_or(text);
    let low = text.split_once('-').map_or(text, |(low, _)| low).trim();
    money(low.strip_prefix('$').unwrap_or(low), "USD")
}

/// Returns the texts that are not empty, cut to the limits.
pub(super) fn texts<'a>(
    all: impl IntoIterator<Item = &'a str>,
    most: usize,
    longest: usize,
) -> Vec<String> {
    let present = all.into_iter().map(str::trim).filter(|t| !t.is_empty());
    present
        .take(most)
        .map(|t| cut(t, longest).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings() {
        assert_eq!(rating("rating", "4.0"), Ok(4));
        assert_eq!(
            rating("rating", "6"),
            Err("rating: 6 is not 1 to 5".to_owned())
        );
        assert_eq!(
            rating("rating", "0"),
            Err("rating: 0 is not 1 to 5".to_owned())
        );
        assert_eq!(
            rating("overall", "4.5"),
            Err("overall: 4.5 is not whole".to_owned())
        );
        assert_eq!(
            rating("rating", "NaN"),
            Err("rating: NaN is not 1 to 5".to_owned())
        );
        assert_eq!(
            rating("rating", "good"),
            Err("rating: `good` is not a number".to_owned())
        );
        assert_eq!(rating("rating", " "), Err("rating: missing".to_owned()));
    }

    #[test]
    fn times() {
        let seconds = |text| time("time", text).map(|t| (t.seconds, t.nanos));
        assert_eq!(seconds("1970-01-02"), Ok((86400, 0)));
        assert_eq!(seconds("1970-01-01 00:01:00"), Ok((60, 0)));
        assert_eq!(seconds("1970-01-01T01:00:00.5+01:00"), Ok((0, 500_000_000)));
        assert_eq!(seconds("1969-12-31"), Err("time: before 1970".to_owned()));
        assert_eq!(
            seconds("soon"),
            Err("time: `soon` is not a time".to_owned())
        );
        assert_eq!(
            spelled_date("January 2, 1970").map(|t| t.seconds),
            Some(86400)
        );
        assert_eq!(spelled_date("<b>"), None);
    }

    #[test]
    fn prices() {
        let cents = |text| dollar_price(text).map(|m| (m.units, m.nanos));
        assert_eq!(cents("$12.99"), Some((12, 990_000_000)));
        assert_eq!(cents("$10.50 - $25.00"), Some((10, 500_000_000)));
        assert_eq!(cents("$1,234"), Some((1234, 0)));
        assert_eq!(cents("from 14.99"), Some((14, 990_000_000)));
        for dirt in [
            "",
            "$",
            ".a { color: red }",
            "<div>$5</div>",
            "None",
            "-3",
            "1e3",
            "5.6.7",
        ] {
            assert_eq!(cents(dirt), None, "{dirt}");
        }
        let half = money("0.6", "BRL").unwrap();
        assert_eq!(add(half.clone(), &half), money("1.2", "BRL").unwrap());
        assert_eq!(money("99999999999999999", "BRL"), None);
    }

    #[test]
    fn ids_and_cuts() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(id("asin", " B1 "), Ok("B1".to_owned()));
        assert_eq!(
            id("asin", &"x".repeat(129)),
            Err("asin: longer than 128 bytes".to_owned())
        );
        let long = "é".repeat(100);
        let id_of_long_name = made_id("store:", &long);
        assert!(id_of_long_name.len() <= ID_BYTES && id_of_long_name.starts_with("store:é"));
        assert_ne!(id_of_long_name, made_id("store:", &format!("{long}x")));
        assert_ne!(hashed_id(&[b"ab", b"c"]), hashed_id(&[b"a", b"bc"]));
        assert_eq!(hashed_id(&[b"ab"]).len(), 32);
    }
}
