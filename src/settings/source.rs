//! Reads settings from a file, the environment and flags into one table.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use toml::{Table, Value};

use super::SettingsError;
use crate::domain::limits::cut;

/// Bytes of the largest file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Bytes of the longest message about a file that is not TOML.
const MESSAGE_BYTES_MAX: usize = 2048;

/// Prefix of the names of variables.
const PREFIX: &str = "GOODSTANDING_";
/// Separates a section from its key. A variable without it, such as `GOODSTANDING_LOG`, is no
/// setting.
const SEPARATOR: &str = "__";

/// Settings that were given as flags.
#[derive(Clone, Debug, Default)]
pub struct Overrides(Table);

impl Overrides {
    /// Sets a key such as `server.listen`, unless the value is none.
    #[must_use]
    pub fn set(mut self, key: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            let path: Vec<&str> = key.split('.').collect();
            merge(&mut self.0, nested(&path, value.into()));
        }
        self
    }

    pub(super) fn into_table(self) -> Table {
        self.0
    }
}

pub(super) fn file(path: &Path) -> Result<Table, SettingsError> {
    let text = read(path).map_err(|error| SettingsError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    text.parse().map_err(|error: toml::de::Error| {
        // Cut, because the library shows the whole line.
        let reason = cut(&error.to_string(), MESSAGE_BYTES_MAX).to_owned();
        let path = path.to_owned();
        SettingsError::Malformed { path, reason }
    })
}

/// Reads a file up to the limit: another file, given by mistake, may have any size.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = File::open(path)?;
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        let reason = format!("has more than {FILE_BYTES_MAX} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(text)
}

/// Reads variables: `GOODSTANDING_SERVER__LISTEN` sets `server.listen`. A value is parsed as TOML,
/// and taken as text if that fails.
pub(super) fn environment(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Table, SettingsError> {
    let mut table = Table::new();
    for (name, value) in variables {
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
            continue;
        };
        if !rest.contains(SEPARATOR) {
            continue;
        }
        let key = rest.to_ascii_lowercase();
        let path: Vec<&str> = key.split(SEPARATOR).collect();
        let value = value
            .into_string()
            .map_err(|_| SettingsError::NotText(format!("{PREFIX}{rest}")))?;
        merge(&mut table, nested(&path, parse(value)));
    }
    Ok(table)
}

fn parse(text: String) -> Value {
    format!("value = {text}")
        .parse::<Table>()
        .ok()
        // A line break in a text could add other keys.
        .filter(|table| table.len() == 1)
        .and_then(|mut table| table.remove("value"))
        .unwrap_or(Value::String(text))
}

/// Wraps a value in the tables of its path, without empty keys.
fn nested(path: &[&str], value: Value) -> Table {
    let mut keys = path.iter().rev().filter(|key| !key.is_empty());
    let last = keys.next().copied().unwrap_or_default();
    let table = Table::from_iter([(last.to_owned(), value)]);
    keys.fold(table, |inner, key| {
        Table::from_iter([((*key).to_owned(), Value::Table(inner))])
    })
}

/// Merges tables key by key. For all other values the upper one wins.
pub(super) fn merge(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(lower)), Value::Table(upper)) => merge(lower, upper),
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}
