//! What the log amounts to: compact columns, names, text fingerprints and peer histograms.
//!
//! Everything here is plain data that a reader may hold as an immutable snapshot: cloning shares
//! memory, and the writer copies only what it changes afterwards.

mod column;
mod directory;
mod fingerprint;
mod histogram;
mod names;

pub use column::Column;
pub use directory::Directory;
pub use fingerprint::{Fingerprint, WORDS_MIN};
pub use histogram::{BINS, Histogram, Scale, Tail};
pub use names::{NameRef, Names};
