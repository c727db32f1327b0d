//! Failures and refusals of the engine.

use std::sync::Arc;

use super::poison::WorkerPanic;
use crate::backup::BackupError;
use crate::journal::JournalError;
use crate::models::ModelsError;
use crate::privacy::PrivacyError;
use crate::store::{Retry, StoreError};

/// A reason why the engine could not open, or refused a call.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EngineError {
    /// The store or the log failed.
    #[error("{0}")]
    Journal(Arc<JournalError>),
    /// An earlier write failed: reads go on, and writes are refused.
    #[error("writes are refused since an earlier one failed: {0}")]
    Poisoned(String),
    /// A write fails for a reason that may pass, and is being repeated: send again later.
    #[error("writes wait until this passes: {0}")]
    Paused(String),
    /// A worker thread panicked: writes are refused until the restart, which is under way.
    #[error("writes are refused since {0}; the service ends, to be started again")]
    Panicked(#[from] WorkerPanic),
    /// The engine is shutting down.
    #[error("the service is shutting down")]
    Closed,
    /// An event of the log cannot be read by this version.
    #[error("log record {sequence}, event {index}, cannot be read: {detail}")]
    Unreadable {
        /// The record.
        sequence: u64,
        /// The event within it.
        index: usize,
        /// Description of the fault.
        detail: String,
    },
    /// A limit of the design was reached.
    #[error("{0}")]
    Full(String),
    /// A thread could not start.
    #[error("a thread of the engine could not start: {0}")]
    Thread(String),
    /// The store's ids were made with another key.
    #[error("{0}")]
    Privacy(Arc<PrivacyError>),
    /// A backup or a change of the log runs.
    #[error("a backup, an erasure or a turning back of the clock is running; one at a time")]
    Busy,
    /// The caller is gone.
    #[error("the caller is gone")]
    Cancelled,
    /// A read of a past day would replay more events than the limit.
    #[error("looking back that far takes more than the {0} events that are looked back over")]
    LookBack(u64),
    /// Something about model versions is refused.
    #[error("{0}")]
    Models(#[from] ModelsError),
    /// No backup could be written.
    #[error("{0}")]
    Backup(Arc<BackupError>),
}

impl From<JournalError> for EngineError {
    fn from(error: JournalError) -> Self {
        Self::Journal(Arc::new(error))
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        JournalError::from(error).into()
    }
}

impl EngineError {
    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Journal(error) => error.retry(),
            Self::Panicked(_) | Self::Paused(_) | Self::Closed | Self::Busy => Retry::Later,
            Self::Models(error) => error.retry(),
            Self::Backup(error) => error.retry(),
            Self::Poisoned(_)
            | Self::Unreadable { .. }
            | Self::Full(_)
            | Self::Thread(_)
            | Self::Privacy(_)
            | Self::Cancelled
            | Self::LookBack(_) => Retry::Never,
        }
    }
}
