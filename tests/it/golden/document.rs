//! A golden file: sections of records, one record a line, numbers in shortest round-trip form.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde_json::{Map, Value};

/// What a section of answers holds, and how much of it is kept whole.
pub(crate) struct Section {
    pub(crate) name: &'static str,
    /// Records written whole; the rest comes as one digest.
    pub(crate) whole: usize,
    pub(crate) records: Vec<Value>,
}

/// Fields that hold sentences for people, and names of rules.
const SENTENCES: [&str; 9] = [
    "sentence",
    "reason",
    "summary",
    "abstention",
    "precondition",
    "source",
    "reviewRules",
    "legalTags",
    "events",
];

/// Fields that say which program or log record answered, and no score.
const PROVENANCE: [&str; 4] = [
    "modelVersion",
    "logSequence",
    "peersLogSequence",
    "sequence",
];

pub(crate) struct Document(BTreeMap<String, Vec<String>>);

impl Document {
    /// Takes everything as served.
    pub(crate) fn whole(answers: &[Section]) -> Self {
        Self::collect(answers, |section| {
            section.records.iter().map(Value::to_string).collect()
        })
    }

    /// Keeps codes, ids and numbers: the first records whole, a digest of the others.
    pub(crate) fn numbers(answers: &[Section], whole_max: usize) -> Self {
        Self::split(answers, whole_max, |record| Some(numbers(record)))
    }

    /// Keeps sentences, and the codes and ids of what they are about, as [`Self::numbers`] does.
    pub(crate) fn sentences(answers: &[Section], whole_max: usize) -> Self {
        let mut document = Self::split(answers, whole_max, sentences);
        document.0.retain(|_, lines| !lines.is_empty());
        document
    }

    fn split(answers: &[Section], whole_max: usize, part: fn(&Value) -> Option<Value>) -> Self {
        Self::collect(answers, |section| {
            let parts = section.records.iter().filter_map(part);
            let mut lines: Vec<String> = parts.map(|part| part.to_string()).collect();
            let whole = section.whole.min(whole_max);
            if lines.len() > whole {
                let rest = lines.split_off(whole);
                let digest = xxhash_rust::xxh3::xxh3_64(rest.join("\n").as_bytes());
                let count = rest.len();
                lines.push(format!(r#"{{"digest":"{digest:016x}","records":{count}}}"#));
            }
            lines
        })
    }

    fn collect(answers: &[Section], lines: impl Fn(&Section) -> Vec<String>) -> Self {
        let sections = answers.iter();
        Self(
            sections
                .map(|section| (section.name.to_owned(), lines(section)))
                .collect(),
        )
    }

    /// Compares with the file, or writes it where `GOLDEN_WRITE` is set.
    pub(crate) fn hold_against(&self, path: &Path) {
        let text = self.to_string();
        if std::env::var_os("GOLDEN_WRITE").is_some() {
            std::fs::write(path, text).expect("written");
            return;
        }
        let golden = std::fs::read_to_string(path).expect("a golden file");
        assert!(
            golden == text,
            "{} differs: {}",
            path.display(),
            first_difference(&golden, &text)
        );
    }
}

impl fmt::Display for Document {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (name, lines)) in self.0.iter().enumerate() {
            let opening = if number == 0 { "{" } else { "," };
            writeln!(out, "{opening}\"{name}\":[\n{}\n]", lines.join(",\n"))?;
        }
        writeln!(out, "}}")
    }
}

fn is_sentence(key: &str, value: &Value) -> bool {
    // Enums are strings too, in capitals.
    let code = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    SENTENCES.contains(&key) && !value.as_str().is_some_and(code)
}

fn numbers(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields
                .iter()
                .filter(|(key, value)| !is_sentence(key, value))
                .filter(|(key, _)| !PROVENANCE.contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), numbers(value)));
            Value::Object(kept.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(numbers).collect()),
        other => other.clone(),
    }
}

/// What holds a sentence, with the fields that name it.
fn sentences(value: &Value) -> Option<Value> {
    const NAMES: [&str; 5] = ["code", "subject", "sellerId", "campaignId", "month"];
    match value {
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (key, value) in fields {
                if is_sentence(key, value) {
                    kept.insert(key.clone(), value.clone());
                } else if let Some(inner) = sentences(value) {
                    kept.insert(key.clone(), inner);
                }
            }
            if kept.is_empty() {
                return None;
            }
            for name in NAMES {
                if let Some(value) = fields.get(name) {
                    kept.insert(name.to_owned(), value.clone());
                }
            }
            Some(Value::Object(kept))
        }
        Value::Array(items) => {
            let kept: Vec<Value> = items.iter().filter_map(sentences).collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        _ => None,
    }
}

/// Finds the first path at which two documents differ, with both values.
fn first_difference(golden: &str, found: &str) -> String {
    let [old, new] = [golden, found].map(|text| {
        let quoted = quote_numbers(text);
        let value: Value = serde_json::from_str(&quoted).expect("a document");
        let mut leaves = BTreeMap::new();
        flatten(&value, String::new(), &mut leaves);
        leaves
    });
    let paths = old.keys().chain(new.keys());
    let differing = paths.filter(|path| old.get(*path) != new.get(*path)).min();
    let Some(path) = differing else {
        return "in layout only".to_owned();
    };
    let shown = |leaves: &BTreeMap<String, String>| {
        leaves
            .get(path)
            .map_or_else(|| "nothing".to_owned(), Clone::clone)
    };
    format!("{path} was {}, is {}", shown(&old), shown(&new))
}

/// Makes strings of numbers, so that parsing does not round them.
fn quote_numbers(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() * 2);
    let (mut in_string, mut escaped, mut in_number) = (false, false, false);
    for character in text.chars() {
        let numeric = !in_string && matches!(character, '0'..='9' | '-' | '+' | '.' | 'e');
        // The letter e of true and false follows no digit.
        let starts = numeric && !in_number && character != 'e';
        if starts || (in_number && !numeric) {
            quoted.push('"');
            in_number = starts;
        }
        if character == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && character == '\\' && !escaped;
        quoted.push(character);
    }
    quoted
}

fn flatten(value: &Value, path: String, leaves: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                flatten(value, format!("{path}.{key}"), leaves);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                flatten(value, format!("{path}[{index:05}]"), leaves);
            }
        }
        Value::String(text) => {
            leaves.insert(path, text.clone());
        }
        other => {
            leaves.insert(path, other.to_string());
        }
    }
}

#[test]
fn first_difference_names_path_and_both_values_to_the_last_digit() {
    let [golden, found] = ["0.30000000000000004", "0.30000000000000005"]
        .map(|number| format!(r#"{{"a":[{{"b":"1\"2","c":true,"d":{number}}}]}}"#));
    assert_eq!(
        first_difference(&golden, &found),
        ".a[00000].d was 0.30000000000000004, is 0.30000000000000005"
    );
}
