//! Salvage of a damaged log: what can be read goes into a new store, and what cannot is named.

use std::path::Path;

use super::{BatchBuilder, Frame, FrameError, Journal, JournalError, Record};
use crate::store::{self, LogEnd, SalvagedFrame, StoreError, TakenGeneration};

/// Records that are made durable at a time.
const FRAMES_A_FLUSH: usize = 256;

/// Events that no record holds any more, by their number in the order of the log, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostEvents {
    /// The first lost record.
    pub first_sequence: u64,
    /// The last lost record.
    pub last_sequence: u64,
    /// The first lost event.
    pub first_event: u64,
    /// The event after the last lost one.
    pub end_event: u64,
}

/// What a salvage saved, and what it could not.
#[derive(Debug, Default)]
pub struct SalvageReport {
    /// Records in the new store.
    pub records: u64,
    /// Events in it.
    pub events: u64,
    /// Runs of lost records, in order.
    pub lost: Vec<LostEvents>,
    /// Each damaged place: file, offset and cause.
    pub damaged: Vec<String>,
    /// The end of what was acknowledged, where that can be known.
    pub marked: Option<LogEnd>,
    /// The generation that was taken, where there are several and no mark names one.
    pub taken: Option<TakenGeneration>,
}

/// Reads every record that the damaged store in `from` still has, into an empty journal. Records
/// keep their events and times, and move up to close the gaps.
pub fn salvage(from: &Path, into: &Journal) -> Result<SalvageReport, JournalError> {
    let mut saving = Saving {
        into,
        waiting: Vec::new(),
        read: LogEnd::default(),
        report: SalvageReport::default(),
    };
    let mut failure = None;
    let read = store::salvage_log(from, &mut |frame| {
        saving.take(&frame).map_err(|error| {
            let detail = error.to_string();
            failure = Some(error);
            StoreError::Refused { detail }
        })
    });
    if let Some(error) = failure {
        return Err(error);
    }
    let salvage = read?;
    saving.flush()?;
    let Saving {
        mut report, read, ..
    } = saving;
    report.damaged = salvage.damaged;
    report.marked = salvage.marked;
    report.taken = salvage.taken;
    if let Some(marked) = salvage.marked
        && marked.sequence > read.sequence
    {
        report.lost.push(LostEvents {
            first_sequence: read.sequence + 1,
            last_sequence: marked.sequence,
            first_event: read.events,
            end_event: marked.events,
        });
    }
    report.records = into.last_sequence();
    report.events = into.next_ordinal();
    Ok(report)
}

struct Saving<'a> {
    into: &'a Journal,
    waiting: Vec<Frame>,
    /// The last record that was read.
    read: LogEnd,
    report: SalvageReport,
}

impl Saving<'_> {
    fn take(&mut self, salvaged: &SalvagedFrame) -> Result<(), JournalError> {
        let sequence = salvaged.sequence;
        let record = Record::decode(&salvaged.frame).map_err(|fault| JournalError::Corrupt {
            sequence,
            detail: fault.to_string(),
        })?;
        if sequence > self.read.sequence + 1 {
            self.report.lost.push(LostEvents {
                first_sequence: self.read.sequence + 1,
                last_sequence: sequence - 1,
                first_event: self.read.events,
                end_event: record.first_ordinal(),
            });
        }
        self.read = LogEnd {
            sequence,
            events: record.next_ordinal(),
        };
        let first = self
            .waiting
            .last()
            .map_or_else(|| self.into.next_ordinal(), Frame::next_ordinal);
        self.waiting.push(
            moved(&record, first).map_err(|fault| JournalError::Corrupt {
                sequence,
                detail: fault.to_string(),
            })?,
        );
        if self.waiting.len() >= FRAMES_A_FLUSH {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        self.into.append(&std::mem::take(&mut self.waiting))?;
        Ok(())
    }
}

/// The same entries at another place in the order of events.
fn moved(record: &Record, first_ordinal: u64) -> Result<Frame, FrameError> {
    let mut batch = BatchBuilder::new(first_ordinal, record.received_ms());
    for entry in record.entries() {
        batch.push(entry)?;
    }
    Ok(batch.finish())
}
