//! Rejected records: counted by reason, the first ones printed, all of them in a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::CliError;
use super::batch::Batch;
use super::progress::Progress;
use crate::formats::LineError;
use crate::proto::v1::{Event, Rejection};

/// Rejects that are printed while reading.
const SHOWN: u64 = 5;
/// Most reasons that are counted separately.
const REASONS_MAX: usize = 1000;
/// Reasons in the summary.
const REASONS_SHOWN: usize = 10;

/// One line of the file.
#[derive(Serialize)]
struct Row<'a> {
    file: String,
    line: u64,
    reason: &'a str,
    /// The record as read, if it is no event.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<&'a str>,
    /// The event that the service refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a Event>,
}

/// The rejects of one import.
pub(super) struct Rejects {
    path: PathBuf,
    file: BufWriter<File>,
    count: u64,
    /// Count of each kind, with the first one as an example.
    by_reason: BTreeMap<String, (u64, String)>,
    cut_short: Option<PathBuf>,
}

impl Rejects {
    /// Creates the file, which must be none of the input files.
    pub(super) fn create(path: &Path, read: &[PathBuf]) -> Result<Self, CliError> {
        let shown = path.display();
        if let Ok(position) = path.canonicalize()
            && position.is_file()
            && read
                .iter()
                .any(|file| file.canonicalize().is_ok_and(|file| file == position))
        {
            return Err(format!("--rejects {shown}: that file is to be read").into());
        }
        let file = File::create(path).map_err(|error| {
            format!("--rejects {shown}: cannot be written: {error}; name another file")
        })?;
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::new(file),
            count: 0,
            by_reason: BTreeMap::new(),
            cut_short: None,
        })
    }

    /// Adds a record that the reader could not use.
    pub(super) fn unread(&mut self, error: &LineError, out: &Progress) -> Result<(), CliError> {
        if error.last {
            self.cut_short.get_or_insert_with(|| error.file.clone());
        }
        let row = Row {
            file: error.file.display().to_string(),
            line: error.line,
            reason: &error.reason,
            raw: Some(&error.raw),
            event: None,
        };
        self.write(&row, out)
    }

    /// An event that the service refused.
    pub(super) fn refused(
        &mut self,
        rejection: &Rejection,
        batch: &Batch,
        files: &[PathBuf],
        out: &Progress,
    ) -> Result<(), CliError> {
        let index = rejection.index as usize;
        let position = batch.positions.get(index);
        // The index in the batch means nothing to a reader of the file.
        let prefix = format!("events[{index}].");
        let reasons: Vec<String> = rejection
            .violations
            .iter()
            .map(|fault| {
                let field = fault.field.strip_prefix(&prefix).unwrap_or(&fault.field);
                // The service shortens rejections if there are too many.
                let said = Some(&fault.description).filter(|said| !said.is_empty());
                format!("{field}: {}", said.unwrap_or(&fault.reason))
            })
            .collect();
        let file = position.and_then(|position| files.get(position.file));
        let row = Row {
            file: file.map_or(String::new(), |file| file.display().to_string()),
            line: position.map_or(0, |position| position.line),
            reason: &reasons.join("; "),
            raw: None,
            event: batch.request.events.get(index),
        };
        self.write(&row, out)
    }

    fn write(&mut self, row: &Row<'_>, out: &Progress) -> Result<(), CliError> {
        self.count += 1;
        if self.count <= SHOWN {
            out.say(&format!(
                "rejected {}:{}: {}",
                row.file, row.line, row.reason
            ));
        }
        let kind = kind_of(row.reason);
        if self.by_reason.len() < REASONS_MAX || self.by_reason.contains_key(&kind) {
            let first = || (0, row.reason.to_owned());
            self.by_reason.entry(kind).or_insert_with(first).0 += 1;
        }
        let written = serde_json::to_writer(&mut self.file, row)
            .map_err(Into::into)
            .and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|error| self.unwritable(&error))
    }

    fn unwritable(&self, error: &std::io::Error) -> CliError {
        let path = self.path.display();
        format!("--rejects {path}: {error}; make room or name another file").into()
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Returns the first file that could not be read to its end.
    pub(super) fn cut_short(&self) -> Option<&Path> {
        self.cut_short.as_deref()
    }

    /// Returns the most frequent kinds of reasons by an example.
    pub(super) fn commonest(&self) -> Vec<(String, u64)> {
        let mut all: Vec<(String, u64)> = self
            .by_reason
            .iter()
            .map(|(kind, (count, example))| {
                let varied = *count > 1 && kind != example;
                let lead = if varied { "such as: " } else { "" };
                (format!("{lead}{example}"), *count)
            })
            .collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        all.truncate(REASONS_SHOWN);
        all
    }

    /// Completes the file, or removes an empty one.
    pub(super) fn finish(&mut self) -> Result<(), CliError> {
        self.file.flush().map_err(|error| self.unwritable(&error))?;
        if self.count > 0 {
            if self.count > SHOWN {
                eprintln!("... and {} more", self.count - SHOWN);
            }
            eprintln!("all rejects are in {}", self.path.display());
        } else if self
            .path
            .symlink_metadata()
            .is_ok_and(|meta| meta.is_file())
        {
            // It is never a device or a pipe that the user named.
            std::fs::remove_file(&self.path)?;
        }
        Ok(())
    }
}

/// Removes the values from a reason, so that similar ones count together.
fn kind_of(reason: &str) -> String {
    let mut kind = String::with_capacity(reason.len());
    let mut quoted = false;
    for letter in reason.chars() {
        match letter {
            '`' => {
                quoted = !quoted;
                kind.push_str(if quoted { "`..." } else { "`" });
            }
            _ if quoted => {}
            '0'..='9' if kind.ends_with('#') => {}
            '0'..='9' => kind.push('#'),
            other => kind.push(other),
        }
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_with_other_values_count_together() {
        assert_eq!(
            kind_of("rating: `4,5` is not a number"),
            kind_of("rating: `x` is not a number")
        );
        assert_eq!(kind_of("rating: 45 is not 1"), "rating: # is not #");
        assert_ne!(kind_of("rating: missing"), kind_of("text: missing"));
    }
}
