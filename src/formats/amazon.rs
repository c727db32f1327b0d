//! Shared parts of the two Amazon formats.

use std::collections::{HashMap, HashSet};

use pbjson_types::Timestamp;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::field;
use crate::domain::limits;
use crate::proto::v1::event::Payload;
use crate::proto::v1::{Review, Seller};

/// Names of goods without a brand; they identify no store.
const NOBODY: [&str; 8] = [
    "",
    "generic",
    "unknown",
    "unbranded",
    "n/a",
    "na",
    "none",
    "no brand",
];

/// The substitute for the seller.
#[derive(Clone, Copy)]
pub(super) struct StandIn {
    /// Word for it.
    pub(super) word: &'static str,
    /// Prefix of the seller ids made of it.
    pub(super) prefix: &'static str,
}

/// One JSON object, read leniently by field.
pub(super) struct Object(Map<String, Value>);

impl Object {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            Ok(_) => Err("not a JSON object".to_owned()),
            Err(error) => Err(format!("not JSON: {error}")),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Returns the field; `None` for null.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Returns the text of the field; empty if it is no text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns a text or a number as text, for values that come as either.
    pub(super) fn scalar(&self, name: &str) -> String {
        self.get(name).and_then(scalar).unwrap_or_default()
    }

    /// Returns a text field; other kinds are refused, not lost.
    pub(super) fn prose(&self, name: &str) -> Result<&str, String> {
        match self.get(name) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(format!("{name}: not text")),
        }
    }

    /// Returns the texts of a list, or of a single text.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        match self.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => vec![text],
            _ => Vec::new(),
        }
    }

    /// Returns the length of a list; `None` if it is no list.
    pub(super) fn length(&self, name: &str) -> Option<u32> {
        self.get(name)?
            .as_array()
            .and_then(|list| field::count(list.len()))
    }

    pub(super) fn whole(&self, name: &str) -> Result<i64, String> {
        let value = self.get(name).ok_or_else(|| format!("{name}: missing"))?;
        let number = value
            .as_i64()
            .or_else(|| whole_float(value))
            .or_else(|| value.as_str()?.trim().parse().ok());
        number.ok_or_else(|| format!("{name}: not a whole number"))
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// Returns the table of details, names without the colon of shop pages.
    pub(super) fn details(&self) -> HashMap<String, String> {
        let Some(Value::Object(map)) = self.get("details") else {
            return HashMap::new();
        };
        let entry = |(name, value): (&String, &Value)| {
            let name = field::cut(name.trim().trim_end_matches(':').trim(), limits::NAME_BYTES);
            let value = scalar(value).unwrap_or_else(|| value.to_string());
            let value = field::cut(value.trim(), limits::SHORT_TEXT_BYTES);
            let present = !name.is_empty() && !value.is_empty();
            present.then(|| (name.to_owned(), value.to_owned()))
        };
        map.iter()
            .filter_map(entry)
            .take(limits::ATTRIBUTES)
            .collect()
    }

    /// Returns the parts of a description, one to a line.
    pub(super) fn description(&self) -> String {
        let parts = field::texts(
            self.list("description"),
            usize::MAX,
            limits::LONG_TEXT_BYTES,
        );
        field::cut(&parts.join("\n"), limits::LONG_TEXT_BYTES).to_owned()
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Reads a whole number that some writers give as `1600000000000.0`.
fn whole_float(value: &Value) -> Option<i64> {
    let number = value.as_f64()?;
    // Beyond 2^53 floats skip whole numbers.
    let exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    exact.then_some(number as i64)
}

/// The parts of a review in both formats.
pub(super) struct Core<'a> {
    pub(super) marketplace: &'a str,
    pub(super) listing_id: String,
    pub(super) reviewer_id: String,
    pub(super) rating: u32,
    pub(super) time: Timestamp,
    pub(super) title: &'a str,
    pub(super) body: &'a str,
}

impl Core<'_> {
    /// Makes the review with an id that is the same for the same row.
    pub(super) fn review(self) -> Review {
        let review_id = field::hashed_id(&[
            self.reviewer_id.as_bytes(),
            self.listing_id.as_bytes(),
            &self.time.seconds.to_le_bytes(),
            &self.time.nanos.to_le_bytes(),
            &self.rating.to_le_bytes(),
            self.title.as_bytes(),
            self.body.as_bytes(),
        ]);
        Review {
            review_id,
            marketplace: self.marketplace.to_owned(),
            listing_id: self.listing_id,
            reviewer_id: self.reviewer_id,
            rating: self.rating,
            title: field::cut(self.title, limits::SHORT_TEXT_BYTES).to_owned(),
            body: field::cut(self.body, limits::LONG_TEXT_BYTES).to_owned(),
            time: Some(self.time),
            ..Review::default()
        }
    }
}

/// Hashes of the seller names so far, 8 bytes each.
#[derive(Debug, Default)]
pub(super) struct Stores(HashSet<u64>);

impl Stores {
    /// Returns the seller id for a name, and the seller if the name is new. Names of goods without
    /// a brand give an empty id.
    pub(super) fn seller(&mut self, prefix: &str, name: &str) -> (String, Option<Payload>) {
        let shown = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let key = shown.to_lowercase();
        if NOBODY.contains(&key.as_str()) {
            return (String::new(), None);
        }
        let seller_id = field::made_id(prefix, &key);
        let new = self.0.insert(xxh3_64(seller_id.as_bytes())).then(|| {
            Payload::Seller(Seller {
                seller_id: seller_id.clone(),
                display_name: field::cut(&shown, limits::NAME_BYTES).to_owned(),
                brands: vec![field::cut(&shown, limits::NAME_BYTES).to_owned()],
                ..Seller::default()
            })
        });
        (seller_id, new)
    }
}
