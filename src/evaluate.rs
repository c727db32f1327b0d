//! How good scores are: measures of them against labels, which nothing else ever reads.

pub mod metrics;
pub mod network;
