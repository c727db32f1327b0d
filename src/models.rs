//! Model versions: kept, activated, compared, fitted from verdicts and measured on them.
//!
//! A version is what labels taught: curves that correct the corpus detector in each pass for
//! evidence. It never changes, and its name is a checksum of it, so that an assessment's model
//! version says exactly what it rests on. Which version is active is kept beside the log; a score is
//! a function of the log and the version. Own signals, and so history, know no versions but the
//! program's own.

mod compare;
mod error;
mod fit;
pub mod labelled;
mod measure;
mod record;
mod registry;
mod verdicts;

pub use compare::{Comparison, KindComparison, Mover, compare};
pub use error::ModelsError;
pub use fit::{Backtest, Basis, Fitted, fit};
pub use measure::{Measurement, measure};
pub use record::{Origin, Tested, Version};
pub(crate) use record::{check_note, notes};
pub use registry::{Listed, Registry, Scorer, Scoring};
pub use verdicts::{Judged, Verdicts};
