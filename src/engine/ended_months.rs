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
pub(super) fn store(store: &dyn Store, ended: Ended) -> Result<(), EngineError> {
    let Ended { through, rows } = ended;
    for rows in rows.chunks(ROWS) {
        store.put_history(rows)?;
    }
    store.flush()?;
    // Not flushed: without the mark a replay stores the same rows again.
    store.put_history(&[end_marker(through, MODEL_VERSION)])?;
    Ok(())
}

/// Reads the last month whose rows are stored as this model scored them.
pub(super) fn stored_through(store: &dyn Store) -> Result<Option<Month>, EngineError> {
    let first = store.scan_history(&[], &[], 1)?;
    Ok(marked(&first, MODEL_VERSION)?)
}

/// For a replay: returns a function that stores the rows that a crash kept from the store.
pub(super) fn missing(
    store: &dyn Store,
) -> Result<impl FnMut(Ended) -> Result<(), EngineError> + '_, EngineError> {
    let stored = stored_through(store)?;
    Ok(move |ended: Ended| {
        if stored.is_none_or(|stored| ended.through > stored) {
            self::store(store, ended)?;
        }
        Ok(())
    })
}
