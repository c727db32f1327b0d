//! Stores the history rows of ended months.

use super::EngineError;
use super::fold::Ended;
use crate::domain::Month;
use crate::history::{end_marker, stored_through as marked};
use crate::integrity::MODEL_VERSION;
use crate::store::Store;

/// Rows that are put at a time: bounds the memory of the store's batches.
const ROWS: usize = 4096;

/// Makes the rows of ended months durable, and then the marker of the newest month.
pub(super) fn store(store: &dyn Store, ended: &Ended) -> Result<(), EngineError> {
    for rows in ended.rows.chunks(ROWS) {
        store.history().put(rows)?;
    }
    store.history().flush()?;
    // Not flushed: without the mark a replay stores the same rows again.
    store
        .history()
        .put(&[end_marker(ended.through, MODEL_VERSION)])?;
    Ok(())
}

/// The note of the month that rows were stored through when the newest checkpoint was written.
const THROUGH_NOTE: &str = "history-through";

/// Notes beside a checkpoint which rows it relies on.
pub(super) fn note_through(store: &dyn Store) -> Result<(), EngineError> {
    store.history().flush()?;
    let through = stored_through(store)?.map(|month| month.0.to_le_bytes());
    store.put_note(THROUGH_NOTE, through.as_ref().map(<[u8; 2]>::as_slice))?;
    Ok(())
}

/// Whether rows that a checkpoint relies on are gone, so that all of history must be made again.
pub(super) fn are_lost(store: &dyn Store) -> Result<bool, EngineError> {
    let noted = store.note(THROUGH_NOTE)?;
    let noted = noted.and_then(|bytes| Some(u16::from_le_bytes(bytes.try_into().ok()?)));
    let stored = stored_through(store)?.map(|month| month.0);
    Ok(noted > stored)
}

/// Reads the last month whose rows are stored as this model scored them.
pub(super) fn stored_through(store: &dyn Store) -> Result<Option<Month>, EngineError> {
    let first = store.history().scan(&[], &[], 1)?;
    Ok(marked(&first, MODEL_VERSION)?)
}

/// Ended months whose rows are not stored yet, in order.
///
/// A failure costs only that they are stored later: rows follow from the log.
#[derive(Debug, Default)]
pub(super) struct Backlog(Vec<Ended>);

impl Backlog {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds months, and stores as much as can be stored.
    pub(super) fn store(&mut self, store: &dyn Store, ended: Option<Ended>) {
        self.0.extend(ended);
        while let Some(ended) = self.0.first() {
            if let Err(error) = self::store(store, ended) {
                tracing::warn!(%error, "history of an ended month could not be stored yet");
                return;
            }
            self.0.remove(0);
        }
    }
}
