//! What can be wrong with a configuration.

use std::fmt;
use std::path::PathBuf;

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

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{} is not TOML: {said}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        said: String,
    },
    /// A variable of the environment is not text.
    #[error("the environment variable {0} is not UTF-8")]
    NotText(String),
    /// A key that no section has.
    #[error("{key} is no known key{}", hint(.nearest.as_deref()))]
    Unknown {
        /// The key, dotted.
        key: String,
        /// The known key that looks most like it.
        nearest: Option<String>,
    },
    /// Values that are not allowed.
    #[error("{}", lines(.0))]
    Invalid(Vec<Fault>),
    /// The settings cannot be shown.
    #[error("cannot show the configuration: {0}")]
    Unwritable(String),
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

fn lines(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    lines.join("\n")
}
