//! Errors of reading and showing settings.

use std::path::PathBuf;

use crate::config::Fault;

/// Error of reading or showing settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
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
