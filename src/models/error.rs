//! Errors of model versions.

use std::sync::Arc;

use crate::integrity::learn::ModelError;
use crate::store::{Retry, StoreError};
use crate::threads::cancel::Cancelled;

/// Refusals of calls about model versions.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ModelsError {
    /// The text is no model of this program.
    #[error("model: {0}")]
    Model(Arc<ModelError>),
    /// The version is unknown.
    #[error("no model version {0} is known")]
    Unknown(String),
    /// The version is known and cannot score.
    #[error("model version {name} cannot be used: {why}")]
    Unusable {
        /// The version.
        name: String,
        /// The reason.
        why: String,
    },
    /// No more versions are kept.
    #[error("{0} model versions are kept already; delete one first")]
    Full(usize),
    /// The version is active, the shadow, or part of the program.
    #[error("model version {name} {role}")]
    InUse {
        /// The version.
        name: String,
        /// Its role.
        role: &'static str,
    },
    /// No other version was active before.
    #[error("no model version was active before this one")]
    NothingBefore,
    /// Nothing is compared with the active version.
    #[error("no shadow is set")]
    NoShadow,
    /// There are too few verdicts to learn from.
    #[error(
        "{manipulated} reviews have a verdict of manipulated and {genuine} one of genuine; \
         at least {least} of each are needed"
    )]
    TooFew {
        /// Reviews judged manipulated.
        manipulated: usize,
        /// Reviews judged genuine.
        genuine: usize,
        /// Least number of each.
        least: usize,
    },
    /// Another fit or comparison runs.
    #[error("a fit or a comparison is running; one at a time")]
    Busy,
    /// The caller is gone.
    #[error("the caller is gone")]
    Cancelled,
    /// The store failed, or has an unreadable record.
    #[error("{0}")]
    Store(Arc<StoreError>),
}

impl ModelsError {
    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Busy => Retry::Later,
            Self::Store(error) => error.retry(),
            Self::Model(_)
            | Self::Unknown(_)
            | Self::Unusable { .. }
            | Self::Full(_)
            | Self::InUse { .. }
            | Self::NothingBefore
            | Self::NoShadow
            | Self::TooFew { .. }
            | Self::Cancelled => Retry::Never,
        }
    }
}

impl From<StoreError> for ModelsError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<ModelError> for ModelsError {
    fn from(error: ModelError) -> Self {
        Self::Model(Arc::new(error))
    }
}

impl From<Cancelled> for ModelsError {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}
