//! How likely manipulation is, and why.
//!
//! A signal measures one thing and says how unusual it is among peers ([`Measure`]); fusion turns
//! measures into terms of one sum ([`fuse`]), whose logistic is the probability.

mod assess;
pub mod detect;
mod evidence;
mod fusion;
pub mod learn;
pub mod network;
mod sentence;
pub mod signals;

pub use assess::{Assessed, assess_listing, assess_review, assess_reviewer, assess_seller};
pub use evidence::{Family, Measure, Reading, Spec, log_likelihood_ratio};
pub use fusion::{Band, Estimate, Fused, PRIOR_LOG_ODDS, Term, fuse, logistic};
pub use sentence::sentence;

/// The active model.
pub const MODEL_VERSION: &str = "tails-1";
