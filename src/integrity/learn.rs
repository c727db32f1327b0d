//! Learning from verdicts: a sum of curves, one a feature, so that every term is a reason.
//!
//! A generalised additive model (Hastie and Tibshirani, 1990; Lou, Caruana and Gehrke, KDD 2012):
//! log-odds are an intercept and one binned curve a feature, smooth, shrunk towards nothing, and
//! monotone wherever reasoning gives a direction, so that no quirk of the labels can turn a reason
//! around. A feature without a value adds nothing. Maximum likelihood makes the mean probability
//! over the labelled reviews their share of manipulated ones.

mod binned;
mod curve;
mod fit;
mod model;
pub mod neighbours;

pub use fit::{fit, fit_beyond};
pub use model::{Curve, Model, ModelError};
