//! Entry point of the fuzz targets to the fold, which the engine keeps to itself.

use super::fold::Fold;
use crate::domain::Event;
use crate::history::{Block, History};
use crate::state::{LogRef, State};

/// Folds events as the writer does, with scores at arrival and the days and months that they end.
/// Reads back the rows of months.
///
/// # Panics
///
/// Where a row that was just made cannot be read.
pub fn fold(events: &[Event]) -> (State, History) {
    let mut fold = Fold::default();
    for (event, index) in events.iter().zip(0..u16::MAX) {
        let log = LogRef { sequence: 1, index };
        // To be full is an answer.
        let _ = fold.apply(event, log);
    }
    let rows = fold.take_ended().map(|ended| ended.rows);
    for (key, value) in rows.unwrap_or_default() {
        // The row that marks the end of a month holds no points.
        let read = Block::decode(&key, &value);
        assert!(key.len() == 1 || read.is_ok(), "{read:?}");
    }
    (fold.state, fold.history)
}
