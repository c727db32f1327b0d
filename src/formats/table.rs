//! CSV records by column name.

use csv::{ReaderBuilder, StringRecord};

/// The column names of one CSV file.
#[derive(Clone, Debug, Default)]
pub(super) struct Header(Vec<String>);

impl Header {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let names = split(text)?;
        Ok(Self(names.iter().map(|n| n.trim().to_owned()).collect()))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|n| n == name)
    }

    /// The first of `names` that is not a column.
    pub(super) fn lacks<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().copied().find(|name| !self.has(name))
    }

    pub(super) fn row(&self, text: &str) -> Result<Row<'_>, String> {
        let fields = split(text)?;
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

fn split(text: &str) -> Result<StringRecord, String> {
    let mut record = StringRecord::new();
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(text.len().max(1))
        .from_reader(text.as_bytes())
        .read_record(&mut record)
        .map_err(|e| format!("not CSV: {e}"))?;
    Ok(record)
}

/// One CSV record.
pub(super) struct Row<'a> {
    names: &'a [String],
    fields: StringRecord,
}

impl Row<'_> {
    /// The field as it stands; empty when there is no such column.
    pub(super) fn get(&self, name: &str) -> &str {
        let at = self.names.iter().position(|n| n == name);
        at.and_then(|at| self.fields.get(at)).unwrap_or_default()
    }
}
#[cfg(test)]
mod speed {
    #[test]
    fn split_speed() {
        let row = "5b0b37ce435e,d580458047ec,441781e370aa,1,2011-01-22T00:00:00Z,,0";
        let t = std::time::Instant::now();
        for _ in 0..100_000 {
            super::split(row).unwrap();
        }
        println!("split {:?}", t.elapsed() / 100_000);
    }
}
