//! Metrics and probes, which are computed on a scrape and cost nothing in between.

mod config;
mod exposition;
mod health;
mod http;
mod process;
mod standing;

pub use config::MetricsConfig;
pub use exposition::Exposition;
pub use http::serve;

#[cfg(test)]
mod tests;
