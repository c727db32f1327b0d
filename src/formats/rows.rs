//! Reads all rows of one CSV file that must be usable as a whole.

use std::path::Path;

use super::input::{Framing, Source};
use super::reader::shown;
use super::table::{Header, Row};
use super::{FormatError, LineError};

/// A file that cannot be used as a whole.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file is missing or is not the required table.
    #[error(transparent)]
    File(#[from] FormatError),
    /// A row cannot be used. Reading stops, because figures over part of a file would mislead.
    #[error(transparent)]
    Row(#[from] Box<LineError>),
}

/// Calls `take` for each row of a file, plain or gzip; returns the header.
pub(crate) fn each_row(
    path: &Path,
    columns: &[&str],
    mut take: impl FnMut(&Header, &Row<'_>) -> Result<(), String>,
) -> Result<Header, TableError> {
    let mut source = Source::open(path, Framing::Csv).map_err(|source| FormatError::Open {
        path: path.to_owned(),
        source,
    })?;
    let header = header(&mut source, columns).map_err(|reason| FormatError::Header {
        path: path.to_owned(),
        reason,
    })?;
    while let Some(advanced) = source.advance() {
        let taken = advanced.and_then(|()| take(&header, &header.row(source.fields()?)?));
        if let Err(reason) = taken {
            return Err(TableError::Row(Box::new(LineError {
                file: path.to_owned(),
                line: source.line(),
                reason,
                raw: shown(source.raw()),
                last: source.broken(),
            })));
        }
    }
    Ok(header)
}

fn header(source: &mut Source, columns: &[&str]) -> Result<Header, String> {
    source.advance().ok_or("empty")??;
    let header = Header::new(source.fields()?);
    match header.lacks(columns) {
        Some(column) => Err(format!("no column `{column}`")),
        None => Ok(header),
    }
}
