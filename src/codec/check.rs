//! Field checks. Each violation names the field, the fault and the valid values.

use pbjson_types::Timestamp;

use crate::domain::{Country, Currency, DAY, Id, Language, Money, Reason, Time, Violation, limits};
use crate::proto::v1;

/// Collects every violation of one record instead of stopping at the first.
pub(super) struct Checker {
    prefix: &'static str,
    arrival: Time,
    found: Vec<Violation>,
}

impl Checker {
    pub(super) fn new(prefix: &'static str, arrival: Time) -> Self {
        Self {
            prefix,
            arrival,
            found: Vec::new(),
        }
    }

    /// Returns the value if there is no violation. A check that returned `None` has added a
    /// violation, so `value` is `None` only if there is one.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Violation>> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => Err(self.found),
        }
    }

    pub(super) fn fail(&mut self, field: &str, reason: Reason, description: impl Into<String>) {
        let field = match (self.prefix, field) {
            ("", field) => field.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, field) => format!("{prefix}.{field}"),
        };
        self.found.push(Violation::new(field, reason, description));
    }

    pub(super) fn id(&mut self, field: &str, text: String) -> Option<Id> {
        if text.is_empty() {
            self.fail(
                field,
                Reason::Required,
                "is empty; 1 to 128 bytes are required",
            );
            return None;
        }
        let bytes = text.len();
        let id = Id::from_string(text);
        if id.is_none() && bytes > limits::ID_BYTES {
            self.fail(
                field,
                Reason::TooLong,
                format!("has {bytes} bytes; at most 128 are allowed"),
            );
        } else if id.is_none() {
            self.fail(
                field,
                Reason::Malformed,
                "has control characters; none are allowed",
            );
        }
        id
    }

    pub(super) fn optional_id(&mut self, field: &str, text: String) -> Option<Id> {
        if text.is_empty() {
            None
        } else {
            self.id(field, text)
        }
    }

    pub(super) fn text(&mut self, field: &str, text: String, bytes_max: usize) -> String {
        if text.len() > bytes_max {
            let bytes = text.len();
            self.fail(
                field,
                Reason::TooLong,
                format!("has {bytes} bytes; at most {bytes_max} are allowed"),
            );
        }
        text
    }

    /// Checks a list of names of 1 to `bytes_max` bytes.
    pub(super) fn names(
        &mut self,
        field: &str,
        names: Vec<String>,
        count_max: usize,
        bytes_max: usize,
    ) -> Vec<String> {
        if names.len() > count_max {
            let count = names.len();
            self.fail(
                field,
                Reason::TooMany,
                format!("has {count} entries; at most {count_max} are allowed"),
            );
            return Vec::new();
        }
        for (index, name) in names.iter().enumerate() {
            if name.is_empty() {
                self.fail(
                    &format!("{field}[{index}]"),
                    Reason::Required,
                    format!("is empty; 1 to {bytes_max} bytes are required"),
                );
            } else if name.len() > bytes_max {
                let bytes = name.len();
                self.fail(
                    &format!("{field}[{index}]"),
                    Reason::TooLong,
                    format!("has {bytes} bytes; at most {bytes_max} are allowed"),
                );
            }
        }
        names
    }

    pub(super) fn country(&mut self, field: &str, code: &str) -> Option<Country> {
        if code.is_empty() {
            return None;
        }
        let country = Country::new(code);
        if country.is_none() {
            self.fail(
                field,
                Reason::Malformed,
                "is no ISO 3166-1 alpha-2 code; two capital letters such as \"DE\" are expected",
            );
        }
        country
    }

    pub(super) fn language(&mut self, field: &str, tag: &str) -> Option<Language> {
        if tag.is_empty() {
            return None;
        }
        let language = Language::new(tag);
        if language.is_none() {
            self.fail(
                field,
                Reason::Malformed,
                "is no BCP 47 tag; one such as \"en\" or \"zh-Hant\" is expected",
            );
        }
        language
    }

    pub(super) fn time(&mut self, field: &str, stamp: Option<Timestamp>) -> Option<Time> {
        let stamp = stamp?;
        if !(0..1_000_000_000).contains(&stamp.nanos) {
            let nanos = stamp.nanos;
            self.fail(
                &format!("{field}.nanos"),
                Reason::OutOfRange,
                format!("is {nanos}; 0 to 999999999 is allowed"),
            );
            return None;
        }
        let latest = i64::from(self.arrival.seconds()) + i64::from(DAY);
        if stamp.seconds > latest {
            self.fail(
                field,
                Reason::InFuture,
                "is more than a day ahead of its arrival; the service's clock cannot follow",
            );
            return None;
        }
        let time = Time::try_from_seconds(stamp.seconds);
        if time.is_none() {
            self.fail(
                field,
                Reason::OutOfRange,
                "lies before 1970-01-01T00:00:00Z",
            );
        }
        time
    }

    pub(super) fn required_time(&mut self, field: &str, stamp: Option<Timestamp>) -> Option<Time> {
        if stamp.is_none() {
            self.fail(field, Reason::Required, "is absent; a time is required");
        }
        self.time(field, stamp)
    }

    pub(super) fn money(&mut self, field: &str, money: Option<v1::Money>) -> Option<Money> {
        let v1::Money {
            currency_code,
            units,
            nanos,
        } = money?;
        let currency = Currency::new(&currency_code);
        if currency.is_none() {
            self.fail(
                &format!("{field}.currency_code"),
                Reason::Malformed,
                "is no ISO 4217 code; three capital letters such as \"EUR\" are expected",
            );
        }
        let fits = (0..=limits::MONEY_UNITS).contains(&units);
        if !fits {
            self.fail(
                &format!("{field}.units"),
                Reason::OutOfRange,
                format!("is {units}; 0 to 10^15 is allowed"),
            );
        }
        let broken = (0..1_000_000_000).contains(&nanos);
        if !broken {
            self.fail(
                &format!("{field}.nanos"),
                Reason::OutOfRange,
                format!("is {nanos}; 0 to 999999999 is allowed"),
            );
        }
        let micros = i128::from(units) * 1_000_000 + i128::from(nanos / 1000);
        (fits && broken).then_some(())?;
        Some(Money {
            currency: currency?,
            micros,
        })
    }

    /// Checks that a whole number is at most `most`.
    pub(super) fn at_most(&mut self, field: &str, value: Option<u32>, most: u32) -> Option<u32> {
        let number = value?;
        if number > most {
            self.fail(
                field,
                Reason::OutOfRange,
                format!("is {number}; 0 to {most} is allowed"),
            );
        }
        Some(number)
    }

    /// Checks that an enum has a known, specified value.
    pub(super) fn specified<T>(
        &mut self,
        field: &str,
        number: i32,
        decode: impl Fn(i32) -> Option<T>,
    ) -> Option<T> {
        if number == 0 {
            self.fail(field, Reason::Required, "is not set; a value is required");
            return None;
        }
        self.known(field, number, decode)
    }

    /// Checks that an enum has a known value, the unspecified one included.
    pub(super) fn known<T>(
        &mut self,
        field: &str,
        number: i32,
        decode: impl Fn(i32) -> Option<T>,
    ) -> Option<T> {
        let value = decode(number);
        if value.is_none() {
            self.fail(
                field,
                Reason::UnknownValue,
                format!("{number} is no known value"),
            );
        }
        value
    }
}
