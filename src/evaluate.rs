//! How good scores are: measures of them against labels, which nothing else ever reads.

pub mod brand;
pub mod labelled;
pub mod metrics;
pub mod network;
pub mod population;
pub mod robustness;
pub mod simulated;
