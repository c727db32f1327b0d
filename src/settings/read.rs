//! From a table to settings, with errors that name the key.
//!
//! The deserializer is our own so that an error still has the list of known keys: libraries for
//! configuration turn it into text.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use toml::{Table, Value};

use super::SettingsError;
use crate::config::Fault;

/// Keys further away than this are no slip of the fingers.
const EDITS_MAX: usize = 4;

pub(super) fn read<T: DeserializeOwned>(table: Table) -> Result<T, SettingsError> {
    let node = Node(Value::Table(table));
    serde_path_to_error::deserialize(node).map_err(|error| {
        let path = error.path().to_string();
        match error.into_inner() {
            Wrong::Unknown { name, known } => unknown(&path, &name, known),
            Wrong::Said(said) => SettingsError::Invalid(vec![Fault::new(&path, said)]),
        }
    })
}

/// Names of the keys that one section of `T` may have: asked with a key that none has.
pub(super) fn keys<T: DeserializeOwned>(section: &str) -> &'static [&'static str] {
    let asked = Table::from_iter([(String::new(), Value::Boolean(true))]);
    let node = Node(Value::Table(Table::from_iter([(
        section.to_owned(),
        Value::Table(asked),
    )])));
    match T::deserialize(node) {
        Err(Wrong::Unknown { known, .. }) => known,
        Ok(_) | Err(Wrong::Said(_)) => &[],
    }
}

fn unknown(path: &str, name: &str, known: &[&str]) -> SettingsError {
    let place = path.strip_suffix(name).unwrap_or(path);
    let nearest = known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(edits, known)| *edits <= EDITS_MAX && *edits < known.len())
        .min_by_key(|(edits, _)| *edits);
    SettingsError::Unknown {
        key: format!("{place}{name}"),
        nearest: nearest.map(|(_, known)| format!("{place}{known}")),
    }
}

/// What a type expects, for somebody who writes a configuration and not a program.
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

/// What is wrong at one place.
#[derive(Debug)]
enum Wrong {
    Unknown {
        name: String,
        known: &'static [&'static str],
    },
    /// Goes on after the key.
    Said(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, .. } => write!(f, "{name} is no known key"),
            Self::Said(said) => f.write_str(said),
        }
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(said: T) -> Self {
        let said = said.to_string();
        match said.as_str() {
            "invalid socket address syntax" => Self::Said(format!(
                "is none; {} is required",
                in_words("socket address")
            )),
            _ => Self::Said(said),
        }
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = expected.to_string();
        Self::Said(format!("is {found}; {} is required", in_words(&expected)))
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        Self::Said(format!(
            "is {name:?}; one of {} is required",
            known.join(", ")
        ))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Said(format!("has no {name}"))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::Unknown {
            name: name.to_owned(),
            known,
        }
    }
}

struct Node(Value);

impl IntoDeserializer<'_, Wrong> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Node {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Boolean(flag) => visitor.visit_bool(flag),
            Value::Datetime(time) => visitor.visit_string(time.to_string()),
            Value::Array(values) => {
                visitor.visit_seq(SeqDeserializer::new(values.into_iter().map(Node)))
            }
            Value::Table(table) => {
                let entries = table.into_iter().map(|(key, value)| (key, Node(value)));
                visitor.visit_map(MapDeserializer::new(entries))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        // Only plain words: an enum with data would be a section.
        let word = String::deserialize(self)?;
        let word: de::value::StringDeserializer<Wrong> = word.into_deserializer();
        word.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
