//! Errors of reading and showing settings.

use std::path::PathBuf;

use crate::config::Fault;

/// Error of reading or showing settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{} is not TOML: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// A variable of the environment is not text.
    #[error("the environment variable {0} is not UTF-8")]
    NotText(String),
    /// A key is unknown.
    #[error("{key} is no known key{}", hint(.nearest.as_deref()))]
    Unknown {
        /// Its dotted path.
        key: String,
        /// The most similar known key.
        nearest: Option<String>,
    },
    /// Some values are not allowed.
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
