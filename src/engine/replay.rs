//! Replays the log into a state: one thread reads and parses, the other folds.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::EngineError;
use super::fold::{Ended, Fold};
use crate::codec;
use crate::domain::Event;
use crate::journal::{Journal, JournalError, Record};
use crate::state::LogRef;

/// Parsed records that wait to be folded.
const AHEAD: usize = 8;

type Parsed = Result<(u64, u64, Vec<Event>), EngineError>;

/// Folds the log from a record on, and passes on the rows of months that end on the way. The arrival
/// clock is not checked: an accepted event stays accepted.
pub(super) fn replay(
    journal: &Journal,
    from: u64,
    fold: &mut Fold,
    rows: impl FnMut(Ended) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let (sender, receiver) = sync_channel(AHEAD);
    thread::scope(|scope| {
        let read = move || read(journal, from, &sender);
        let started = thread::Builder::new()
            .name("replay".to_owned())
            .spawn_scoped(scope, read);
        started.map_err(|error| EngineError::Thread(error.to_string()))?;
        fold_all(receiver, fold, rows)
    })
}

fn read(journal: &Journal, from: u64, sender: &SyncSender<Parsed>) {
    // An error of the receiver means that folding failed: that failure is returned.
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
    let events = entries.map(|(index, entry)| {
        codec::read(entry).map_err(|error| EngineError::Unreadable {
            sequence,
            index,
            detail: error.to_string(),
        })
    });
    events.collect()
}

/// Ends with the receiver: a reader that waits to send must not outlive a failed fold.
#[allow(clippy::needless_pass_by_value, reason = "it has to be dropped")]
fn fold_all(
    receiver: Receiver<Parsed>,
    fold: &mut Fold,
    mut rows: impl FnMut(Ended) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    for parsed in &receiver {
        let (sequence, first_ordinal, events) = parsed?;
        let folded = fold.state.event_count();
        if folded != first_ordinal {
            let detail = format!("it starts at event {first_ordinal}, the state is at {folded}");
            return Err(JournalError::Corrupt { sequence, detail }.into());
        }
        for (index, event) in events.iter().enumerate() {
            fold.apply(event, log_ref(sequence, index)?)
                .map_err(|full| EngineError::Full(full.to_string()))?;
        }
        if let Some(ended) = fold.take_ended() {
            rows(ended)?;
        }
        // A replay is not watched.
        fold.take_changed_rows();
    }
    Ok(())
}

/// The position of an event as rows keep it: 32 bits of the sequence, and 16 of the index.
pub(super) fn log_ref(sequence: u64, index: usize) -> Result<LogRef, EngineError> {
    match (u32::try_from(sequence), u16::try_from(index)) {
        (Ok(sequence), Ok(index)) => Ok(LogRef { sequence, index }),
        _ => Err(EngineError::Full(format!(
            "the log is full at record {sequence}"
        ))),
    }
}
