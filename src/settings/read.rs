//! Deserializes settings from a table. Errors name the path of the key.
//!
//! The deserializer is our own because the tables of file, environment and flags are merged and
//! have no lines, and because its errors keep the list of known keys, which libraries turn into
//! text.

use std::fmt;

use serde::Deserialize;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use toml::{Table, Value};

use super::SettingsError;
use crate::config::Fault;

/// Most edits between a mistyped key and its suggestion.
const EDITS_MAX: usize = 4;

pub(super) fn read<T: DeserializeOwned>(table: Table) -> Result<T, SettingsError> {
    T::deserialize(Node(Value::Table(table))).map_err(|ReadError { path, kind }| match kind {
        ErrorKind::UnknownKey { name, known } => unknown(&path, &name, known),
        ErrorKind::Value(description) => {
            SettingsError::Invalid(vec![Fault::new(&path, description)])
        }
    })
}

/// Returns the keys that one section of `T` may have, by reading a section with an impossible key.
pub(super) fn keys<T: DeserializeOwned>(section: &str) -> &'static [&'static str] {
    let impossible = Table::from_iter([(String::new(), Value::Boolean(true))]);
    let table = Table::from_iter([(section.to_owned(), Value::Table(impossible))]);
    match T::deserialize(Node(Value::Table(table))) {
        Err(ReadError {
            kind: ErrorKind::UnknownKey { known, .. },
            ..
        }) => known,
        Ok(_) | Err(_) => &[],
    }
}

fn unknown(section: &str, name: &str, known: &[&str]) -> SettingsError {
    let nearest = known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(edits, known)| *edits <= EDITS_MAX && *edits < known.len())
        .min_by_key(|(edits, _)| *edits);
    SettingsError::Unknown {
        key: join(section, name),
        nearest: nearest.map(|(_, known)| join(section, known)),
    }
}

/// Joins two paths of keys. Indices such as `[0]` need no dot.
fn join(outer: &str, inner: &str) -> String {
    let dot = if outer.is_empty() || inner.is_empty() || inner.starts_with('[') {
        ""
    } else {
        "."
    };
    format!("{outer}{dot}{inner}")
}

/// Describes what a type expects in the words of a configuration file instead of a program.
fn in_words(expected: &str) -> &str {
    match expected {
        "socket address" => "an address such as \"127.0.0.1:7311\"",
        // Sizes.
        "an integer or string" | "parsable string" | "integer overflow" => {
            "a size such as \"64 MiB\", or bytes"
        }
        "path string" => "a path in quotes",
        "a sequence" => "a list",
        "a string" => "a text in quotes",
        "u32" | "u64" | "usize" => "a whole number from 0",
        "f64" => "a number",
        _ if expected.starts_with("struct ") => "a section",
        other => other,
    }
}

/// The error of one value or key.
#[derive(Debug)]
struct ReadError {
    /// Path of the value, or of the section that has the unknown key.
    path: String,
    kind: ErrorKind,
}

#[derive(Debug)]
enum ErrorKind {
    UnknownKey {
        name: String,
        known: &'static [&'static str],
    },
    /// Goes on after the path.
    Value(String),
}

impl ReadError {
    fn value(description: String) -> Self {
        Self {
            path: String::new(),
            kind: ErrorKind::Value(description),
        }
    }

    fn under(self, key: &str) -> Self {
        Self {
            path: join(key, &self.path),
            ..self
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ErrorKind::UnknownKey { name, .. } => write!(f, "{name} is no known key"),
            ErrorKind::Value(description) => f.write_str(description),
        }
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        Self::value(match message.as_str() {
            "invalid socket address syntax" => {
                format!("is none; {} is required", in_words("socket address"))
            }
            _ => message,
        })
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let required = expected.to_string();
        Self::value(format!(
            "is {unexpected}; {} is required",
            in_words(&required)
        ))
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        let names = known.join(", ");
        Self::value(format!("is {name:?}; one of {names} is required"))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::value(format!("has no {name}"))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self {
            path: String::new(),
            kind: ErrorKind::UnknownKey {
                name: name.to_owned(),
                known,
            },
        }
    }
}

struct Node(Value);

/// The entries of a table. Errors of a value get its key.
struct Entries {
    rest: toml::map::IntoIter<String, Value>,
    current: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        self.current = self.rest.next();
        let key = self.current.as_ref().map(|(key, _)| key.clone());
        key.map(|key| seed.deserialize(key.into_deserializer()))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let (key, value) = self
            .current
            .take()
            .ok_or_else(|| ReadError::value("has no value".to_owned()))?;
        seed.deserialize(Node(value))
            .map_err(|error| error.under(&key))
    }
}

/// The values of a list. Errors of a value get its index.
struct Items(std::iter::Enumerate<std::vec::IntoIter<Value>>);

impl<'de> SeqAccess<'de> for Items {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let Some((index, value)) = self.0.next() else {
            return Ok(None);
        };
        seed.deserialize(Node(value))
            .map(Some)
            .map_err(|error| error.under(&format!("[{index}]")))
    }
}

impl<'de> Deserializer<'de> for Node {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Boolean(flag) => visitor.visit_bool(flag),
            Value::Datetime(time) => visitor.visit_string(time.to_string()),
            Value::Array(values) => visitor.visit_seq(Items(values.into_iter().enumerate())),
            Value::Table(table) => visitor.visit_map(Entries {
                rest: table.into_iter(),
                current: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        // Only plain words: an enum with data would be a section.
        let word: de::value::StringDeserializer<ReadError> =
            String::deserialize(self)?.into_deserializer();
        word.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
