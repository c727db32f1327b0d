//! Estimates how likely manipulation is, and gives the reasons.
//!
//! A signal measures one fact and how unusual it is among peers ([`Measure`]). Fusion turns
//! measures into terms of one sum ([`fuse`]), whose logistic is the probability.

pub mod campaigns;
mod corpus_evidence;
pub mod detect;
pub mod dividend;
mod fusion;
pub mod learn;
pub mod own_signals;
pub mod signals;
mod supporting_reviews;
mod suspicion;
mod terms;
mod wording;

pub(crate) use corpus_evidence::detected;
pub use corpus_evidence::{CorpusEvidence, MaterialShare};
pub use fusion::{Fused, PRIOR_LOG_ODDS, Term, fuse};
pub use own_signals::Assessed;
pub use supporting_reviews::supporting_reviews;
pub use suspicion::suspicion;
pub use terms::{Family, Measure, Reading, Sharpness, Spec, log_likelihood_ratio};
pub use wording::Statement;

/// The model that is part of the program.
pub const MODEL_VERSION: &str = "tails-7";
