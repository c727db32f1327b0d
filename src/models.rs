//! Model versions: imported, fitted from verdicts, compared and activated.
//!
//! A version is learned from labels. Its curves correct the corpus detector in each evidence pass. It
//! never changes, and its name is a checksum of its model. So the model version of an assessment states
//! exactly how it was scored. The active version is stored beside the log, and a score is a function of
//! both. Own signals and history use no versions, only the built-in model.

mod compare;
mod error;
mod fit;
mod parts;
mod record;
mod registry;
mod verdicts;

pub use compare::{Comparison, KindComparison, Mover, Risk, compare};
pub use error::ModelsError;
pub use fit::{Backtest, Basis, Fitted, HeldOutScores, fit};
pub use parts::{INNER_FOLDS, Parts, Split};
pub use record::{Origin, Tested, Version};
pub(crate) use record::{check_note, notes};
pub use registry::{Listed, Registry, Scorer};
pub use verdicts::{Judged, Verdicts};
