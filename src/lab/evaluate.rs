//! How good scores are: measures of them against labels, which nothing else ever reads.

pub mod brand;
pub mod duplicates;
pub mod inject;
pub mod labelled;
pub mod metrics;
pub mod network;
pub mod population;
pub mod robustness;
pub mod simulated;
pub mod text;
