//! The page of metrics and probes, read when somebody scrapes: it costs nothing in between.

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
