//! Faults of settings, and the sections that find them.

use std::fmt;

/// A section that knows what its values may be together.
pub trait Section {
    /// What is wrong, each with its key within the section. Empty when all is well.
    fn check(&self) -> Vec<Fault> {
        Vec::new()
    }
}

/// One key that is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Dotted, such as `server.listen`.
    pub key: String,
    /// Goes on after the key: "is 0; 1 or more is allowed".
    pub description: String,
}

impl Fault {
    /// A fault of a key within its section.
    pub fn new(key: &str, description: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            description: description.into(),
        }
    }

    /// The same, seen from outside of the section.
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
