//! The look at a log before anything is changed: every byte is read and checked.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::entry::{EntryFault, Header, Position};
use super::mark::{self, Mark, Newest};
use super::segment::{
    self, EntryReader, HEADER_LEN, HeaderFault, Index, Name, Point, ReadFault, Segment, unreadable,
};
use super::witness::Witness;
use crate::store::StoreError;
use crate::store::disk::{Disk, DiskFile};

/// What a log holds, and what a start may do about its end.
pub(super) struct Survey {
    pub(super) mark: Mark,
    /// Whether the mark is in both files, as far as it has to be.
    pub(super) is_settled: bool,
    /// Segments in order, with all entries that hold.
    pub(super) segments: Vec<Segment>,
    /// After the last entry that holds.
    pub(super) end: Position,
    /// Bytes of the last segment behind its entries: of a write that was never acknowledged.
    pub(super) torn_bytes: u64,
    /// Files of a write, a roll or a rewrite that was cut short, and files that a rewrite replaced.
    pub(super) leftovers: Vec<String>,
}

impl Survey {
    /// Whether a start takes anything away.
    pub(super) const fn has_to_be_cut(&self) -> bool {
        self.torn_bytes > 0 || !self.leftovers.is_empty()
    }

    /// Refuses to cut a log that ends before a record which is known of.
    pub(super) fn check_known(&self, disk: &dyn Disk, known: u64) -> Result<(), StoreError> {
        if known <= self.end.sequence {
            return Ok(());
        }
        let what = disk.path().display().to_string();
        let detail = format!(
            "it holds up to record {}, and a checkpoint covers record {known}",
            self.end.sequence
        );
        Err(StoreError::corrupt(what, detail))
    }
}

/// Whether anything says that records were kept here.
pub(super) fn holds_records(disk: &dyn Disk) -> Result<bool, StoreError> {
    let has_segment = list(disk)?.iter().any(|name| Name::parse(name).is_some());
    let marked = mark::read(disk)?.is_some_and(|newest| newest.mark.position.sequence > 0);
    Ok(has_segment || marked)
}

/// Reads the whole log. Damage is an error that names file, offset and record, if the mark or
/// anything else says that the record was acknowledged.
pub(super) fn survey(disk: &dyn Disk) -> Result<Survey, StoreError> {
    let Newest { mark, is_settled } = mark::read(disk)?.ok_or_else(|| {
        let what = disk.path().display().to_string();
        StoreError::corrupt(what, "neither file of the durable mark can be read")
    })?;
    let (current, leftovers) = current_segments(disk, mark.generation)?;
    // Only a log with records is ever rewritten.
    if mark.position.sequence == 0 && current.is_empty() && !leftovers.is_empty() {
        let what = disk.path().display().to_string();
        let detail =
            "the mark says that nothing was kept, and there are segments of a later generation";
        return Err(StoreError::corrupt(what, detail));
    }
    let parsed = leftovers.iter().filter_map(|name| Name::parse(name));
    let mut walk = Walk {
        disk,
        witness: Witness::of_names(current.iter().copied().chain(parsed)),
        torn: None,
        survey: Survey {
            mark,
            is_settled,
            segments: Vec::new(),
            end: Position::default(),
            torn_bytes: 0,
            leftovers,
        },
    };
    let mut names = current.into_iter();
    for name in names.by_ref() {
        if !walk.segment(name)? {
            break;
        }
    }
    let behind: Vec<Name> = names.collect();
    walk.check_end()?;
    walk.check_witnesses(behind.first())?;
    let behind = behind.into_iter().map(Name::file_name);
    walk.survey.leftovers.extend(behind);
    Ok(walk.survey)
}

/// The segments of a generation in order, and the names of all other segments.
fn current_segments(
    disk: &dyn Disk,
    generation: u32,
) -> Result<(Vec<Name>, Vec<String>), StoreError> {
    let mut current = BTreeMap::new();
    let mut leftovers = Vec::new();
    let mut names: Vec<Name> = list(disk)?
        .iter()
        .filter_map(|name| Name::parse(name))
        .collect();
    names.sort_unstable();
    for name in names {
        if name.generation > generation {
            leftovers.push(name.file_name());
        } else if let Some(older) = current.insert(name.first_sequence, name) {
            leftovers.push(older.file_name());
        }
    }
    Ok((current.into_values().collect(), leftovers))
}

fn list(disk: &dyn Disk) -> Result<Vec<String>, StoreError> {
    disk.list()
        .map_err(|error| StoreError::io(format!("listing {}", disk.path().display()), error))
}

struct Walk<'a> {
    disk: &'a dyn Disk,
    survey: Survey,
    /// What says, beside the mark, that records were acknowledged.
    witness: Witness,
    /// The first entry behind the mark that cannot be read.
    torn: Option<Torn>,
}

struct Torn {
    name: Name,
    offset: u64,
    fault: EntryFault,
}

impl Walk<'_> {
    /// Whether everything that was acknowledged has been read.
    fn is_past_mark(&self) -> bool {
        self.survey.end.sequence >= self.survey.mark.position.sequence
    }

    /// Reads one segment; returns whether the log may go on in the next.
    fn segment(&mut self, name: Name) -> Result<bool, StoreError> {
        let path = name.path_in(self.disk);
        let failed = |error| StoreError::io(format!("reading {path}"), error);
        let file = self.disk.open(&name.file_name()).map_err(failed)?;
        let before = match segment::read_header(file.as_ref(), name).map_err(failed)? {
            Ok(before) => before,
            // A roll that was cut short.
            Err(HeaderFault::Damaged) if self.is_past_mark() => {
                self.survey.leftovers.push(name.file_name());
                return Ok(false);
            }
            Err(fault) => return Err(StoreError::corrupt(path, fault.to_string())),
        };
        if before != self.survey.end {
            let end = self.survey.end.sequence;
            let detail = if before.sequence == end {
                "it does not continue the chain of the segment before it".to_owned()
            } else {
                format!(
                    "it goes on from record {}, and the segment before it ends at record {end}",
                    before.sequence
                )
            };
            return Err(StoreError::corrupt(path, detail));
        }
        let len = file.len().map_err(failed)?;
        self.entries(name, file, len)
    }

    fn entries(
        &mut self,
        name: Name,
        file: Arc<dyn DiskFile>,
        len: u64,
    ) -> Result<bool, StoreError> {
        let before = self.survey.end;
        let mut index = Index::default();
        let mut reader = EntryReader::new(Arc::clone(&file), HEADER_LEN as u64, len);
        let torn = loop {
            let offset = reader.offset();
            let fault = match read_next(&mut reader, &self.survey.end) {
                Ok(Some(header)) => {
                    let sequence = header.position.sequence;
                    index.note(Point { sequence, offset });
                    self.survey.end = header.position;
                    self.witness.hear(header.acknowledged(), name);
                    self.check_mark(name, offset)?;
                    continue;
                }
                Ok(None) => break None,
                Err(fault) => fault,
            };
            match fault {
                ReadFault::Entry(fault) if self.is_past_mark() => {
                    self.torn = Some(Torn {
                        name,
                        offset,
                        fault,
                    });
                }
                fault => {
                    let sequence = self.survey.end.sequence + 1;
                    return Err(unreadable(self.disk, name, sequence, offset, fault));
                }
            }
            break Some(offset);
        };
        let end = torn.unwrap_or(len);
        self.survey.torn_bytes = len - end;
        let last = self.survey.end.sequence;
        self.survey
            .segments
            .push(Segment::new(name, before, file, index, end, last));
        Ok(torn.is_none())
    }

    /// At the record of the mark, everything before it must be what was acknowledged.
    fn check_mark(&self, name: Name, offset: u64) -> Result<(), StoreError> {
        let marked = &self.survey.mark.position;
        if self.survey.end.sequence != marked.sequence || self.survey.end == *marked {
            return Ok(());
        }
        let path = name.path_in(self.disk);
        let detail = format!(
            "record {} at offset {offset} is not the one that was acknowledged",
            marked.sequence
        );
        Err(StoreError::corrupt(path, detail))
    }

    fn check_end(&self) -> Result<(), StoreError> {
        let (end, marked) = (&self.survey.end, &self.survey.mark.position);
        if self.is_past_mark() {
            return Ok(());
        }
        let last = self.survey.segments.last();
        let what = last.map_or_else(
            || self.disk.path().to_path_buf(),
            |last| self.disk.path().join(last.name.file_name()),
        );
        let offset = last.map_or(0, Segment::end);
        let detail = format!(
            "the log ends at offset {offset} with record {}, event {}; record {}, event {} was \
             acknowledged",
            end.sequence, end.events, marked.sequence, marked.events
        );
        Err(StoreError::corrupt(what.display().to_string(), detail))
    }

    /// Refuses an end before a record that something beside the mark says was acknowledged: the mark
    /// is then an old one. Where a start would take something away, all of that is looked through.
    fn check_witnesses(&mut self, behind: Option<&Name>) -> Result<(), StoreError> {
        let end = self.survey.end.sequence;
        if let Some(Torn { name, offset, .. }) = self.torn {
            self.search(name, offset + 1)?;
        }
        for leftover in self.survey.leftovers.clone() {
            if let Some(name) = Name::parse(&leftover) {
                self.search(name, HEADER_LEN as u64)?;
            }
        }
        if let Some(file) = self.witness.file
            && self.witness.sequence > end
        {
            let acknowledged = self.witness.sequence;
            let says = format!(
                "{} says that record {acknowledged} was acknowledged",
                file.file_name()
            );
            return Err(self.lost_behind(&says));
        }
        // A segment is begun only when all before it is whole.
        match behind {
            Some(next) if self.torn.is_some() => {
                Err(self.lost_behind(&format!("{} follows it", next.file_name())))
            }
            _ => Ok(()),
        }
    }

    fn search(&mut self, name: Name, from: u64) -> Result<(), StoreError> {
        let end = self.survey.end.sequence;
        let searched = self.witness.search(self.disk, name, from, end);
        searched.map_err(|error| {
            let path = name.path_in(self.disk);
            StoreError::io(format!("looking for records in {path}"), error)
        })
    }

    /// The error of an end that is not the end, with what says so.
    fn lost_behind(&self, says: &str) -> StoreError {
        let end = self.survey.end.sequence;
        if let Some(torn) = &self.torn {
            let Torn {
                name,
                offset,
                fault,
            } = torn;
            let detail = format!("record {} at offset {offset}: {fault}; {says}", end + 1);
            return StoreError::corrupt(name.path_in(self.disk), detail);
        }
        let what = self.disk.path().display().to_string();
        StoreError::corrupt(what, format!("it ends with record {end}; {says}"))
    }
}

/// Reads and checks the entry that follows on a position; returns its header.
pub(super) fn read_next(
    reader: &mut EntryReader,
    before: &Position,
) -> Result<Option<Header>, ReadFault> {
    let Some(entry) = reader.next()? else {
        return Ok(None);
    };
    let checked = entry
        .header
        .check(entry.frame)
        .and_then(|()| entry.header.check_link(before, entry.frame));
    checked.map_err(ReadFault::Entry)?;
    Ok(Some(entry.header))
}

/// Wraps a failure of the disk with the log's directory.
pub(super) fn failed(disk: &dyn Disk, what: &str, error: io::Error) -> StoreError {
    StoreError::io(format!("{what} in {}", disk.path().display()), error)
}
