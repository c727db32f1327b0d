//! Metrics and probes, which are computed on a scrape and cost nothing in between.

mod config;
mod exposition;
mod health;
mod http;
mod process;
mod room;
mod standing;

pub use config::MetricsConfig;
pub use exposition::Exposition;
pub use http::{Port, Served, serve};

#[cfg(test)]
mod tests;
