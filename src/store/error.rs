//! Failures of a store, and whether repeating the call can help.

use std::{io, path::PathBuf};

use thiserror::Error;

/// When it makes sense to repeat an operation that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// At once: the failure was an interruption.
    Now,
    /// After something outside has changed: space freed, a lock released.
    Later,
    /// Never: the same call will fail the same way.
    Never,
}

/// A failure of the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process has the data directory open.
    #[error("the data directory is in use by another process: {}", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// Stored bytes are not what was written.
    #[error("{what} is corrupt: {detail}")]
    Corrupt {
        /// The damaged thing.
        what: String,
        /// Description of the damage.
        detail: String,
    },
    /// The data was written by a later release.
    #[error("the data has format {found}, this build reads up to {supported}")]
    Newer {
        /// The version on disk.
        found: u32,
        /// The latest version this build reads.
        supported: u32,
    },
    /// The disk or the quota is exhausted.
    #[error("no space left for the store")]
    Full,
    /// The operating system refused.
    #[error("{context}: {source}")]
    Io {
        /// The operation.
        context: String,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// A required file or tree does not exist.
    #[error("{what} is missing")]
    Missing {
        /// The absent thing.
        what: String,
    },
    /// Frames could not be written; the log is as it was before.
    #[error("nothing was written: {0}")]
    Unwritten(#[source] Box<StoreError>),
    /// The call breaks the store's contract; nothing was written.
    #[error("refused: {detail}")]
    Refused {
        /// Which rule was broken.
        detail: String,
    },
}

impl StoreError {
    /// Whether repeating the call can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Locked { .. } | Self::Full => Retry::Later,
            Self::Unwritten(cause) => cause.retry(),
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::Interrupted => Retry::Now,
                io::ErrorKind::PermissionDenied
                | io::ErrorKind::ReadOnlyFilesystem
                | io::ErrorKind::NotADirectory
                | io::ErrorKind::Unsupported => Retry::Never,
                _ => Retry::Later,
            },
            Self::Corrupt { .. }
            | Self::Newer { .. }
            | Self::Missing { .. }
            | Self::Refused { .. } => Retry::Never,
        }
    }

    /// Wraps a failure of the operating system. A full disk has a variant of its own.
    pub(crate) fn io(context: impl Into<String>, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io {
                context: context.into(),
                source,
            },
        }
    }

    pub(crate) fn corrupt(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Corrupt {
            what: what.into(),
            detail: detail.into(),
        }
    }
}
