//! Learns from verdicts: a sum of curves, one a feature, so that every term is a reason.
//!
//! The model is a generalised additive one (Hastie and Tibshirani, 1990; Lou, Caruana and Gehrke,
//! KDD 2012). Log-odds are an intercept and one binned curve a feature. Curves are smooth, shrunk
//! towards nothing, and monotone wherever reasoning gives a direction, so that no quirk of the
//! labels can turn a reason around. They correct the detector that needs no label. A straight line
//! rescales its log-odds first, so that a model learned elsewhere starts from what is valid
//! everywhere.
//!
//! Reviews of one listing share an unknown of their own, so a listing counts for no more than a
//! bounded number of reviews. Otherwise curves over listings' features would learn listings by
//! heart. A feature without a value adds nothing. Maximum likelihood makes the mean probability
//! over the labelled reviews their share of manipulated ones.

mod binned;
mod curve;
mod fit;
mod line;
mod model;

pub use fit::{Restraint, Training, fit, fit_beside, fit_beyond};
pub use model::{Curve, Learned, Line, Model, ModelError};
