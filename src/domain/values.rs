//! Values that are valid by construction.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::limits;

/// Seconds of a day.
pub const DAY: u32 = 86_400;

/// An opaque id: 1 to 128 bytes of UTF-8 without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Box<str>);

impl Id {
    /// Makes an id; `None` outside 1 to 128 bytes or with control characters.
    pub fn new(text: &str) -> Option<Self> {
        Self::allows(text).then(|| Self(text.into()))
    }

    /// Makes an id like [`Id::new`] without copying the text.
    pub fn from_string(text: String) -> Option<Self> {
        Self::allows(&text).then(|| Self(text.into_boxed_str()))
    }

    fn allows(text: &str) -> bool {
        // An id with control characters could forge lines in logs and reports.
        (1..=limits::ID_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0.into_string()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Event time in whole seconds since 1970-01-01 UTC, up to 2106.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(u32);

impl Time {
    /// Makes a time from whole seconds since 1970.
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// Makes a time from signed seconds; `None` before 1970 or after 2106.
    pub fn try_from_seconds(seconds: i64) -> Option<Self> {
        u32::try_from(seconds).ok().map(Self)
    }

    /// Returns whole seconds since 1970.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// Returns whole days since 1970.
    pub const fn day(self) -> u32 {
        self.0 / DAY
    }
}

/// Stars, 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rating(u8);

impl Rating {
    /// Makes a rating; `None` outside 1 to 5.
    pub fn new(stars: u32) -> Option<Self> {
        match stars {
            1..=5 => Some(Self(stars as u8)),
            _ => None,
        }
    }

    /// Stars, 1 to 5.
    pub const fn stars(self) -> u8 {
        self.0
    }
}

/// ISO 3166-1 alpha-2, in capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Country([u8; 2]);

impl Country {
    /// Makes a country; `None` unless the code is two ASCII capitals.
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 2] = code.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(bytes))
    }

    /// Returns the code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

/// ISO 4217, in capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Makes a currency; `None` unless the code is three ASCII capitals.
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(bytes))
    }

    /// Returns the code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

/// A BCP 47 tag with checked form: subtags of 1 to 8 ASCII letters or digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Language(Box<str>);

impl Language {
    /// Makes a tag; `None` if the form is wrong or the tag is longer than 64 bytes.
    pub fn new(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?;
        let shaped = tag.len() <= 64
            && (2..=8).contains(&primary.len())
            && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
            && tag.split('-').all(|part| {
                (1..=8).contains(&part.len())
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
        shaped.then(|| Self(tag.into()))
    }

    /// Returns the tag as received.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An amount that is not negative, in millionths of the currency's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The currency.
    pub currency: Currency,
    /// Millionths of a unit, 0 to 10^21.
    pub micros: i128,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_1_to_128_bytes() {
        assert!(Id::new("").is_none());
        assert!(Id::new(&"x".repeat(128)).is_some());
        assert!(Id::new(&"x".repeat(129)).is_none());
        assert!(Id::new("a\nb").is_none());
        assert!(Id::new("чай").is_some());
    }

    #[test]
    fn times_after_2106_are_refused() {
        assert_eq!(Time::try_from_seconds(-1), None);
        assert_eq!(Time::try_from_seconds(0).map(Time::day), Some(0));
        assert_eq!(Time::try_from_seconds(i64::MAX), None);
        assert!(Time::try_from_seconds(i64::from(u32::MAX)).is_some());
    }

    #[test]
    fn codes_are_capitals_and_tags_have_subtags() {
        assert!(Country::new("DE").is_some());
        assert!(Country::new("de").is_none());
        assert!(Country::new("DEU").is_none());
        assert!(Currency::new("EUR").is_some());
        assert!(Currency::new("€").is_none());
        assert!(Language::new("zh-Hant-TW").is_some());
        assert!(Language::new("en_US").is_none());
        assert!(Language::new("-").is_none());
    }

    #[test]
    fn ratings_are_one_to_five() {
        assert!(Rating::new(0).is_none());
        assert!(Rating::new(6).is_none());
        assert_eq!(Rating::new(5).map(Rating::stars), Some(5));
    }
}
