//! From the log to a state.

use prost::Message as _;

use super::EngineError;
use crate::domain::{Event, Time};
use crate::journal::{Journal, Record};
use crate::proto::v1;
use crate::state::{LogRef, State};

/// Folds the whole log. The clock of arrival has no say here: what was accepted once stays so.
pub(super) fn replay(journal: &Journal) -> Result<State, EngineError> {
    let mut state = State::default();
    journal.replay(1, |sequence, record| {
        fold_record(&mut state, sequence, &record)
    })?;
    Ok(state)
}

fn fold_record(state: &mut State, sequence: u64, record: &Record) -> Result<(), EngineError> {
    for (index, encoded) in record.entries().enumerate() {
        let unreadable = |detail: String| EngineError::Unreadable {
            sequence,
            index,
            detail,
        };
        let message = v1::Event::decode(encoded).map_err(|error| unreadable(error.to_string()))?;
        let event = Event::parse(message, Time::from_seconds(u32::MAX)).map_err(|faults| {
            let first = faults
                .first()
                .map(|fault| format!("{} {}", fault.field, fault.description));
            unreadable(first.unwrap_or_default())
        })?;
        let log = log_ref(sequence, index)?;
        state
            .apply(&event, log)
            .map_err(|full| EngineError::Full(full.to_string()))?;
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
