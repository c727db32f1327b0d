//! Faults of settings, and the sections that find them.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;

/// A section of the configuration that checks its own values.
pub trait Section {
    /// Returns all faults, each with its key within the section.
    fn check(&self) -> Vec<Fault> {
        Vec::new()
    }
}

/// A key with a value that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Dotted path, such as `server.listen`.
    pub key: String,
    /// Completes the sentence after the key: "is 0; 1 or more is allowed".
    pub description: String,
}

impl Fault {
    /// Names a key within its section and what is wrong with it.
    pub fn new(key: &str, description: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            description: description.into(),
        }
    }

    /// Names a value outside its range, and the range. NaN is in none.
    pub fn unless_within<T: PartialOrd + Display>(
        key: &str,
        value: &T,
        allowed: &RangeInclusive<T>,
    ) -> Option<Self> {
        let (low, high) = (allowed.start(), allowed.end());
        let description = || format!("is {value}; {low} to {high} is allowed");
        (!allowed.contains(value)).then(|| Self::new(key, description()))
    }

    /// Names a value below the least one.
    pub fn unless_at_least<T: PartialOrd + Display>(key: &str, value: &T, min: &T) -> Option<Self> {
        let description = || format!("is {value}; {min} or more is allowed");
        (value < min).then(|| Self::new(key, description()))
    }

    /// Names a value above the largest one.
    pub fn unless_at_most<T: PartialOrd + Display>(key: &str, value: &T, max: &T) -> Option<Self> {
        let description = || format!("is {value}; at most {max} is allowed");
        (value > max).then(|| Self::new(key, description()))
    }

    /// Prefixes the key with its section.
    #[must_use]
    pub fn under(self, section: &str) -> Self {
        Self {
            key: format!("{section}.{}", self.key),
            ..self
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.description)
    }
}
