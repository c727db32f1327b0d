//! How likely manipulation is, and why.
//!
//! A signal measures one thing and says how unusual it is among peers ([`Measure`]); fusion turns
//! measures into terms of one sum ([`fuse`]), whose logistic is the probability.

mod evidence;
mod fusion;

pub use evidence::{Family, Measure, Reading, Spec, log_likelihood_ratio};
pub use fusion::{Band, Estimate, Fused, PRIOR_LOG_ODDS, Term, fuse, logistic};

/// The active model.
pub const MODEL_VERSION: &str = "tails-1";
