//! Readers that convert outside data to events, one record at a time.
//!
//! Files may be plain or gzip, of one or several members; the first bytes decide. A pipe works as
//! well as a file, and `-` is standard input. Files are streamed: a record longer than 8 MiB is
//! refused and skipped. A record that cannot be used becomes a [`LineError`] with file, line and
//! reason, and reading continues after it. Text that is not UTF-8 is refused. In a CSV an unclosed
//! quote consumes up to 8 MiB of its file. Texts and lists over an event's limits are cut, between
//! characters; ids, ratings and times are refused instead. Times without a zone are read as UTC.
//!
//! # What the formats cannot say
//!
//! * `amazon-2023`, `amazon-2018`: there is no seller, so the store or the brand is its substitute
//!   ([`Reader::stand_in`]); names such as `Generic` give none. Reviews have no id: it is derived
//!   from their content, so a repeated row is the same review. Prices are US dollars. Displayed
//!   ratings and sales ranks have no time and are left out.
//! * `olist`: a product of several sellers is one listing for each, `product_id/seller_id`. An
//!   order becomes one event for each listing in it, `order_id/product_id/seller_id`. A review is
//!   about a whole order. It goes to the listing of the lowest `order_item_id`, because a copy for
//!   each product would look like a copied review. For the same reason a review id that occurs
//!   again with another order is refused. Orders without items, and their reviews, are refused with
//!   that reason.
//! * `labelled`: one CSV; labels become verdicts only on request.
//! * `events`: events in proto3 JSON, one to a line, passed on unchanged.

mod amazon;
mod amazon2018;
mod amazon2023;
mod field;
mod input;
mod labelled;
mod olist;
mod reader;
mod review_columns;
mod rows;
mod table;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::PathBuf;

use crate::proto::v1::Event;
use input::Framing;
pub(crate) use labelled::label;
use reader::Out;
pub use reader::Reader;
pub use review_columns::{ReviewColumns, read_review_columns};
pub use rows::TableError;
pub(crate) use rows::each_row;
pub(crate) use table::Row;

/// A format of outside data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Format {
    /// Amazon Reviews 2023: reviews and item metadata, JSON lines.
    #[value(name = "amazon-2023")]
    Amazon2023,
    /// Amazon Review Data 2018: reviews and item metadata, JSON lines.
    #[value(name = "amazon-2018")]
    Amazon2018,
    /// Olist's CSVs, in any order.
    #[value(name = "olist")]
    Olist,
    /// CSV with review, listing, reviewer, rating, time, text, manipulated.
    #[value(name = "labelled")]
    Labelled,
    /// Events in proto3 JSON, one to a line.
    #[value(name = "events")]
    Events,
}

impl Format {
    /// Returns the marketplace of the reviews unless another is named.
    pub fn default_marketplace(self) -> &'static str {
        match self {
            Self::Amazon2023 | Self::Amazon2018 => "amazon",
            Self::Olist => "olist",
            Self::Labelled => "labelled",
            Self::Events => "import",
        }
    }

    fn framing(self) -> Framing {
        match self {
            Self::Olist | Self::Labelled => Framing::Csv,
            _ => Framing::Lines,
        }
    }
}

/// Options of reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Marketplace of the reviews, 1 to 128 bytes; default: that of the format. Events have their
    /// own and ignore it.
    pub marketplace: Option<String>,
    /// Whether labels in the data become verdicts.
    pub labels_as_verdicts: bool,
}

/// An error before the first record.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// No file was named.
    #[error("no files given")]
    NoFiles,
    /// The marketplace's name is empty or too long.
    #[error("marketplace: not 1 to 128 bytes")]
    Marketplace,
    /// A file cannot be opened.
    #[error("{path}: {source}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The header of a file is not one of the format's.
    #[error("{path}: {reason}", path = path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
    /// A table that the join needs is missing.
    #[error("no {0} table among the files")]
    Missing(&'static str),
}

/// A record that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}", file = file.display())]
pub struct LineError {
    /// The file.
    pub file: PathBuf,
    /// Line on which the record starts, from 1.
    pub line: u64,
    /// The reason, starting with the name of the invalid field if there is one.
    pub reason: String,
    /// The record, cut to 64 KiB; invalid UTF-8 is replaced.
    pub raw: String,
    /// Whether reading of the file ended here, so that its remaining records are missing.
    pub last: bool,
}

/// Position of reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Index of the file in the given list, from 0.
    pub file: usize,
    /// Line on which the last record starts, from 1; 0 before the first.
    pub line: u64,
    /// Bytes read from all files so far, before decompression.
    pub bytes: u64,
}

/// Opens files of one format. Every file is opened once as a check, and the headers of tables are
/// checked before reading. Pipes stay open, because they can be read only once.
pub fn read(format: Format, files: &[PathBuf], options: &Options) -> Result<Reader, FormatError> {
    Reader::open(format, files, options)
}

/// Returns the substitute for a seller by the seller's id; `None` for a seller of the marketplace.
pub fn stand_in_of(seller_id: &str) -> Option<&'static str> {
    [amazon2018::BRANDS, amazon2023::STORES]
        .into_iter()
        .find(|stand_in| seller_id.starts_with(stand_in.prefix))
        .map(|stand_in| stand_in.word)
}

/// Writes an event as the one line that [`Format::Events`] reads.
pub fn write_event<W: Write>(mut into: W, event: &Event) -> io::Result<()> {
    serde_json::to_writer(&mut into, event)?;
    into.write_all(b"\n")
}
