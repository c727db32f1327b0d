//! Where settings come from: a file, the environment, flags. All become one table.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use toml::{Table, Value};

use super::SettingsError;
use crate::domain::limits::cut;

/// Most bytes of a file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Most bytes of what is said about a file that is not TOML.
const SAID_BYTES_MAX: usize = 2048;

/// What the names of variables begin with.
const PREFIX: &str = "GOODSTANDING_";
/// Between a section and its key. A variable without it is none of ours, as `GOODSTANDING_LOG`.
const BETWEEN: &str = "__";

/// Settings that were given as flags.
#[derive(Clone, Debug, Default)]
pub struct Overrides(Table);

impl Overrides {
    /// Sets a key such as `server.listen`; none leaves it as it is.
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
        // It shows the whole line.
        let said = cut(&error.to_string(), SAID_BYTES_MAX).to_owned();
        let path = path.to_owned();
        SettingsError::Malformed { path, said }
    })
}

/// Some other file, given by mistake, may be of any size.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = File::open(path)?;
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        let said = format!("has more than {FILE_BYTES_MAX} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, said));
    }
    Ok(text)
}

/// `GOODSTANDING_SERVER__LISTEN` sets `server.listen`. A value is read as TOML, and is a text where
/// it is none.
pub(super) fn environment(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Table, SettingsError> {
    let mut table = Table::new();
    for (name, value) in variables {
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
            continue;
        };
        if !rest.contains(BETWEEN) {
            continue;
        }
        let key = rest.to_ascii_lowercase();
        let path: Vec<&str> = key.split(BETWEEN).collect();
        let value = value
            .into_string()
            .map_err(|_| SettingsError::NotText(format!("{PREFIX}{rest}")))?;
        merge(&mut table, nested(&path, parse(value)));
    }
    Ok(table)
}

fn parse(text: String) -> Value {
    let read = format!("value = {text}").parse::<Table>().ok();
    // A line break in a text could otherwise bring keys of its own.
    let alone = read.filter(|table| table.len() == 1);
    alone
        .and_then(|mut table| table.remove("value"))
        .unwrap_or(Value::String(text))
}

fn nested(path: &[&str], value: Value) -> Table {
    let mut inner = value;
    let mut name = "";
    for part in path.iter().rev() {
        if !name.is_empty() {
            inner = Value::Table(Table::from_iter([(name.to_owned(), inner)]));
        }
        name = part;
    }
    Table::from_iter([(name.to_owned(), inner)])
}

/// Tables are merged key by key; of all other values the upper one stays.
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
