//! How likely manipulation is, and why.
//!
//! A signal measures one thing and says how unusual it is among peers ([`Measure`]); fusion turns
//! measures into terms of one sum ([`fuse`]), whose logistic is the probability.

mod assess;
pub mod campaigns;
pub mod detect;
pub mod dividend;
mod evidence;
mod fusion;
mod hindsight;
pub mod learn;
mod sentence;
pub mod signals;
mod suspicion;

pub use assess::{
    Assessed, arrival_score, assess_listing, assess_listing_daily, assess_review, assess_reviewer,
    assess_reviewer_daily, assess_seller, assess_seller_among, kept, may_assess_reviewer,
    may_assess_tally, screen_review,
};
pub use evidence::{Family, Measure, Reading, Sharpness, Spec, log_likelihood_ratio};
pub use fusion::{Band, Estimate, Fused, PRIOR_LOG_ODDS, Term, fuse};
pub(crate) use hindsight::detected;
pub use hindsight::{Evidence, campaign_sentence};
pub use sentence::sentence;
pub use suspicion::suspicion;

/// The model that is part of the program.
pub const MODEL_VERSION: &str = "tails-6";
