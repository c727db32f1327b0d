//! CSV records by column name.

use csv_core::ReadRecordResult;

use super::field::{self, cut};

/// Most bytes of a header in a message.
const SHOWN_BYTES: usize = 200;
/// Bytes and fields of the buffer that a splitter keeps between records.
const KEPT: usize = 128 << 10;

/// The column names of one CSV file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Header(Vec<String>);

impl Header {
    pub(super) fn new(fields: Fields<'_>) -> Self {
        Self(fields.iter().map(|name| name.trim().to_owned()).collect())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|n| n == name)
    }

    /// Returns a name of two columns, which would be ambiguous.
    pub(super) fn twice(&self) -> Option<&str> {
        let given = self.0.iter().enumerate();
        given
            .filter(|(_, name)| !name.is_empty())
            .find(|(at, name)| self.0[..*at].contains(name))
            .map(|(_, name)| name.as_str())
    }

    /// Returns the columns for messages.
    pub(super) fn shown(&self) -> String {
        let names = self.0.join(", ");
        cut(&names, SHOWN_BYTES).to_owned()
    }

    /// Returns the first of `names` that is no column.
    pub(super) fn lacks<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().copied().find(|name| !self.has(name))
    }

    pub(super) fn row<'a>(&'a self, fields: Fields<'a>) -> Result<Row<'a>, String> {
        let (got, want) = (fields.ends.len(), self.0.len());
        if got != want {
            return Err(format!("{got} fields where the header has {want}"));
        }
        Ok(Row {
            names: &self.0,
            fields,
        })
    }
}

/// One CSV record.
pub(crate) struct Row<'a> {
    names: &'a [String],
    fields: Fields<'a>,
}

impl Row<'_> {
    /// Returns the field, unchanged; empty if there is no such column.
    pub(crate) fn get(&self, name: &str) -> &str {
        let at = self.names.iter().position(|n| n == name);
        at.and_then(|at| self.fields.get(at)).unwrap_or_default()
    }

    /// Returns the field as an id.
    pub(crate) fn id(&self, name: &str) -> Result<String, String> {
        field::id(name, self.get(name))
    }
}

/// The fields of one record without quotes, one after the other.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Fields<'a> {
    pub(super) fn get(self, at: usize) -> Option<&'a str> {
        let end = *self.ends.get(at)?;
        let start = at.checked_sub(1).map_or(Some(&0), |at| self.ends.get(at))?;
        self.text.get(*start..end)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.ends.len()).map(move |at| self.get(at).unwrap_or_default())
    }
}

/// Finds records and their fields in chunks of bytes.
pub(super) struct Splitter {
    parser: csv_core::Reader,
    bytes: Vec<u8>,
    byte_count: usize,
    ends: Vec<usize>,
    end_count: usize,
}

impl Default for Splitter {
    fn default() -> Self {
        Self {
            // Unlike the default, this parser has its tables built.
            parser: csv_core::Reader::new(),
            bytes: Vec::new(),
            byte_count: 0,
            ends: Vec::new(),
            end_count: 0,
        }
    }
}

impl Splitter {
    /// Drops the current record and the position of the parser.
    pub(super) fn restart(&mut self) {
        self.parser.reset();
        self.begin();
    }

    /// Prepares for the next record, and releases the memory of a huge one.
    pub(super) fn begin(&mut self) {
        if self.bytes.len().max(self.ends.len()) > KEPT {
            self.bytes = Vec::new();
            self.ends = Vec::new();
        }
        (self.byte_count, self.end_count) = (0, 0);
    }

    /// Reads input up to the end of a record, or all of it. Returns the number of bytes read, and
    /// whether a record is complete.
    pub(super) fn feed(&mut self, input: &[u8]) -> (usize, bool) {
        let mut taken = 0;
        // Empty input means the end of the file to the parser.
        while taken < input.len() {
            let (result, read, written, ended) = self.parser.read_record(
                &input[taken..],
                &mut self.bytes[self.byte_count..],
                &mut self.ends[self.end_count..],
            );
            taken += read;
            self.byte_count += written;
            self.end_count += ended;
            match result {
                ReadRecordResult::InputEmpty => break,
                ReadRecordResult::OutputFull => grow(&mut self.bytes),
                ReadRecordResult::OutputEndsFull => grow(&mut self.ends),
                ReadRecordResult::Record | ReadRecordResult::End => return (taken, true),
            }
        }
        (taken, false)
    }

    /// Returns the fields of a complete record; `None` if they are not UTF-8.
    pub(super) fn fields(&self) -> Option<Fields<'_>> {
        let text = std::str::from_utf8(&self.bytes[..self.byte_count]).ok()?;
        let ends = &self.ends[..self.end_count];
        // Two halves of one letter in adjacent fields would be valid together only.
        let apart = ends.iter().all(|end| text.is_char_boundary(*end));
        apart.then_some(Fields { text, ends })
    }
}

fn grow<T: Clone + Default>(buffer: &mut Vec<T>) {
    let larger = (buffer.len() * 2).max(256);
    buffer.resize(larger, T::default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(text: &str) -> Vec<String> {
        let mut splitter = Splitter::default();
        // Byte by byte, because chunks may end anywhere.
        for byte in text.bytes() {
            assert_eq!(splitter.feed(&[byte]), (1, false));
        }
        assert!(splitter.feed(b"\n").1);
        splitter
            .fields()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn quotes_and_separators_follow_rfc_4180() {
        assert_eq!(split("a,,b"), ["a", "", "b"]);
        assert_eq!(
            split("\"a,\"\"b\"\"\n\",5\" é,"),
            ["a,\"b\"\n", "5\" é", ""]
        );
        assert_eq!(split("\"\",x"), ["", "x"]);
        assert_eq!(split("\"a\"b,c"), ["ab", "c"]);
    }

    #[test]
    fn fields_are_found_by_column_name() {
        let mut splitter = Splitter::default();
        splitter.feed(b"b, a\n");
        let header = Header::new(splitter.fields().unwrap());
        splitter.begin();
        splitter.feed(b"1,2\n");
        let row = header.row(splitter.fields().unwrap()).unwrap();
        assert_eq!((row.get("a"), row.get("b"), row.get("c")), ("2", "1", ""));
        assert_eq!(header.lacks(&["a", "c"]), Some("c"));
        splitter.begin();
        splitter.feed(b"1\n");
        assert!(header.row(splitter.fields().unwrap()).is_err());
    }

    #[test]
    fn letter_split_over_two_fields_is_not_utf8() {
        let mut splitter = Splitter::default();
        assert!(splitter.feed(b"\xc3,\xa9\n").1);
        assert!(splitter.fields().is_none());
    }

    proptest! {
        /// Records of the `csv` crate's writer are read unchanged.
        #[test]
        fn written_rows_are_read_unchanged(fields in prop::collection::vec("[a-z\",é\n ]{0,6}", 2..6)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&fields).unwrap();
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(split(text.strip_suffix('\n').unwrap()), fields);
        }
    }
}
