//! The simulated marketplace: seeded, streaming, and labelled.
//!
//! Memory grows with sellers, listings, reviewers and labels, never with events: a day consists of
//! small items, and events are built one by one.

pub mod brands;
mod build;
pub(in crate::lab) mod calendar;
pub(in crate::lab) mod catalog;
pub(in crate::lab) mod dice;
mod market;
pub(in crate::lab) mod people;
mod schemes;
#[cfg(test)]
mod tests;
pub(in crate::lab) mod text;
mod trade;
mod truth;
// Word lists are easier to read by the line than by the word.
#[rustfmt::skip]
pub(in crate::lab) mod words;
mod world;

pub use calendar::is_general_sale;
pub use catalog::aspects;
pub use market::Market;
pub use schemes::scheme_names;
pub use truth::{Truth, TruthRow, write_json_lines};

/// Settings of a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The same seed gives the same events.
    pub seed: u64,
    /// Reviews to aim for.
    pub reviews: u64,
    /// Days to cover.
    pub days: u32,
    /// Start of the first day, in seconds since 1970.
    pub start: i64,
    /// Intensity of manipulation: 0 none, 1 about 9 % of reviews.
    pub intensity: f64,
    /// The only scheme, by name; `None` for all.
    pub scheme: Option<&'static str>,
    /// Camouflage of planted reviews, 0 to 1: slower pushes, accounts with honest reviews
    /// elsewhere, confirmed purchases, fewer extreme stars.
    pub camouflage: f64,
    /// Whether to yield orders, about three for each review.
    pub orders: bool,
    /// Whether to yield weekly listing snapshots of popular listings.
    pub snapshots: bool,
}

impl Config {
    /// Makes settings for two years from 2023-01-01 with orders and snapshots.
    pub fn sized(seed: u64, reviews: u64) -> Self {
        Self {
            seed,
            reviews,
            days: 730,
            start: 1_672_531_200,
            intensity: 1.0,
            scheme: None,
            camouflage: 0.0,
            orders: true,
            snapshots: true,
        }
    }
}
