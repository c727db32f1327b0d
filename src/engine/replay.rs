//! From the log to a state: one thread reads and parses, the other folds.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use prost::Message as _;

use super::EngineError;
use super::fold::{Ended, Fold};
use crate::codec::parse_event;
use crate::domain::{Event, Time};
use crate::journal::{Journal, JournalError, Record};
use crate::proto::v1;
use crate::state::LogRef;

/// Parsed records that wait to be folded.
const AHEAD: usize = 8;

type Parsed = Result<(u64, u64, Vec<Event>), EngineError>;

/// Folds the log from a record on, and hands on the rows of the months that end on the way. The
/// clock of arrival has no say here: what was accepted once stays so.
pub(super) fn replay(
    journal: &Journal,
    from: u64,
    fold: &mut Fold,
    rows: impl FnMut(Ended) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let (sender, receiver) = sync_channel(AHEAD);
    std::thread::scope(|scope| {
        scope.spawn(move || read(journal, from, &sender));
        fold_all(&receiver, fold, rows)
    })
}

fn read(journal: &Journal, from: u64, sender: &SyncSender<Parsed>) {
    // An error of the receiver means that folding failed: that failure is the one told.
    let read = journal.replay(from, |sequence, record| {
        let events = parse(sequence, &record)?;
        sender
            .send(Ok((sequence, record.first_ordinal(), events)))
            .map_err(|_| EngineError::Closed)
    });
    if let Err(error) = read {
        let _ = sender.send(Err(error));
    }
}

pub(super) fn parse(sequence: u64, record: &Record) -> Result<Vec<Event>, EngineError> {
    let entries = record.entries().enumerate();
    let parsed = entries.map(|(index, encoded)| {
        let unreadable = |detail: String| EngineError::Unreadable {
            sequence,
            index,
            detail,
        };
        let message = v1::Event::decode(encoded).map_err(|error| unreadable(error.to_string()))?;
        parse_event(message, Time::from_seconds(u32::MAX)).map_err(|faults| {
            let first = faults
                .first()
                .map(|fault| format!("{} {}", fault.field, fault.description));
            unreadable(first.unwrap_or_default())
        })
    });
    parsed.collect()
}

fn fold_all(
    receiver: &Receiver<Parsed>,
    fold: &mut Fold,
    mut rows: impl FnMut(Ended) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    for parsed in receiver {
        let (sequence, first_ordinal, events) = parsed?;
        let stands_at = fold.state.event_count();
        if stands_at != first_ordinal {
            let detail = format!("it starts at event {first_ordinal}, the state is at {stands_at}");
            return Err(JournalError::Corrupt { sequence, detail }.into());
        }
        for (index, event) in events.iter().enumerate() {
            fold.apply(event, log_ref(sequence, index)?)
                .map_err(|full| EngineError::Full(full.to_string()))?;
        }
        if let Some(ended) = fold.take_ended() {
            rows(ended)?;
        }
        // Nobody watches a replay.
        fold.take_changed_rows();
    }
    Ok(())
}

/// Rows keep 32 bits of the sequence and 16 of the place in the record.
pub(super) fn log_ref(sequence: u64, index: usize) -> Result<LogRef, EngineError> {
    match (u32::try_from(sequence), u16::try_from(index)) {
        (Ok(sequence), Ok(index)) => Ok(LogRef { sequence, index }),
        _ => Err(EngineError::Full(format!(
            "the log is full at record {sequence}"
        ))),
    }
}
