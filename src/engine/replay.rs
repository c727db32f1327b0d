//! From the log to a state.

use prost::Message as _;

use super::fold::Fold;
use super::{EngineError, past};
use crate::domain::{Event, Time};
use crate::journal::{Journal, Record};
use crate::proto::v1;
use crate::state::LogRef;
use crate::store::Store;

/// Folds the whole log. The clock of arrival has no say here: what was accepted once stays so.
/// History rows that a crash kept from the store are stored on the way.
pub(super) fn replay(journal: &Journal, store: &dyn Store) -> Result<Fold, EngineError> {
    let mut fold = Fold::default();
    let stored = past::stored_through(store)?;
    journal.replay(1, |sequence, record| {
        fold_record(&mut fold, sequence, &record)?;
        let ended = fold.take_ended();
        match ended.filter(|ended| stored.is_none_or(|stored| ended.through > stored)) {
            Some(ended) => past::store(store, ended),
            None => Ok(()),
        }
    })?;
    Ok(fold)
}

fn fold_record(fold: &mut Fold, sequence: u64, record: &Record) -> Result<(), EngineError> {
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
        fold.apply(&event, log)
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
