//! CSV records by column name.

use std::borrow::Cow;

use super::field::cut;
use super::input::Scan;

/// What a message shows of a header.
const SHOWN_BYTES: usize = 200;

/// The column names of one CSV file.
#[derive(Clone, Debug, Default)]
pub(super) struct Header(Vec<String>);

impl Header {
    pub(super) fn parse(text: &str) -> Self {
        Self(split(text).iter().map(|n| n.trim().to_owned()).collect())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|n| n == name)
    }

    /// A name that two columns have: nobody could say which one is meant.
    pub(super) fn twice(&self) -> Option<&str> {
        let given = self.0.iter().enumerate();
        given
            .filter(|(_, name)| !name.is_empty())
            .find(|(at, name)| self.0[..*at].contains(name))
            .map(|(_, name)| name.as_str())
    }

    /// The columns, for messages.
    pub(super) fn shown(&self) -> String {
        let names = self.0.join(", ");
        cut(&names, SHOWN_BYTES).to_owned()
    }

    /// The first of `names` that is not a column.
    pub(super) fn lacks<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().copied().find(|name| !self.has(name))
    }

    pub(super) fn row<'a>(&'a self, text: &'a str) -> Result<Row<'a>, String> {
        let fields = split(text);
        if fields.len() != self.0.len() {
            let (got, want) = (fields.len(), self.0.len());
            return Err(format!("{got} fields where the header has {want}"));
        }
        Ok(Row {
            names: &self.0,
            fields,
        })
    }
}

/// The fields of one whole record. Record by record a general parser would be
/// built anew each time, which costs more than the parsing.
fn split(text: &str) -> Vec<Cow<'_, str>> {
    if !text.contains('"') {
        return text.split(',').map(Cow::Borrowed).collect();
    }
    let mut fields = Vec::new();
    let mut field = Vec::new();
    let mut state = Scan::FieldStart;
    for &byte in text.as_bytes() {
        let before = state;
        state = before.next(byte);
        match (before, state) {
            (_, Scan::FieldStart) => fields.push(owned(&mut field)),
            (Scan::FieldStart, Scan::Quoted) | (_, Scan::QuoteInQuoted) => {}
            _ => field.push(byte),
        }
    }
    fields.push(owned(&mut field));
    fields
}

/// Fields end at ASCII characters only, so nothing is ever replaced here.
fn owned(field: &mut Vec<u8>) -> Cow<'static, str> {
    Cow::Owned(String::from_utf8_lossy(&std::mem::take(field)).into_owned())
}

/// One CSV record.
pub(super) struct Row<'a> {
    names: &'a [String],
    fields: Vec<Cow<'a, str>>,
}

impl Row<'_> {
    /// The field as it stands; empty when there is no such column.
    pub(super) fn get(&self, name: &str) -> &str {
        let at = self.names.iter().position(|n| n == name);
        at.and_then(|at| self.fields.get(at))
            .map_or("", |field| field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_by_the_rules() {
        assert_eq!(split("a,,b"), ["a", "", "b"]);
        assert_eq!(
            split("\"a,\"\"b\"\"\n\",5\" é,"),
            ["a,\"b\"\n", "5\" é", ""]
        );
        assert_eq!(split("\"\",x"), ["", "x"]);
        assert_eq!(split("\"a\"b,c"), ["ab", "c"]);
    }

    #[test]
    fn rows_go_by_name() {
        let header = Header::parse("b, a");
        let row = header.row("1,2").unwrap();
        assert_eq!((row.get("a"), row.get("b"), row.get("c")), ("2", "1", ""));
        assert_eq!(header.lacks(&["a", "c"]), Some("c"));
        assert!(header.row("1").is_err());
    }

    proptest! {
        /// What the common writer writes is read back.
        #[test]
        fn written_rows_come_back(fields in prop::collection::vec("[a-z\",é\n ]{0,6}", 2..6)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&fields).unwrap();
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(split(text.strip_suffix('\n').unwrap()), fields);
        }
    }
}
