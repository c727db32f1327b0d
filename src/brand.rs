//! How far a seller has come in building a brand of its own.
//!
//! [`gather`] walks what the state holds of a seller into months, as they came and with what is
//! likely to be manipulated discounted. The measures of [`pillars`] look at decayed windows of
//! these; [`peers`] says where a value stands among the sellers like it, and [`progress`](progress())
//! makes pillars, an index and a stage of that. [`Board`] keeps everybody's progress;
//! [`advice`] says what a seller can do, and [`plan`] what would be if it did. Data flows one way:
//! nothing here changes the state.

pub mod advice;
mod board;
mod census;
mod complaints;
mod config;
mod context;
pub mod gather;
pub mod hedonic;
pub mod inputs;
mod markets;
pub mod measure;
pub mod momentum;
pub mod peers;
pub mod pillars;
pub mod plan;
mod progress;
mod returns;
mod score;
mod slope;
pub mod special;
mod stages;
#[cfg(test)]
mod tests;
pub mod trend;
pub mod voice;
mod window;

pub use board::{At, Board, Held};
pub use census::Census;
pub use config::Config;
pub use context::Context;
pub use markets::is_customary;
pub use progress::{BRAND_MODEL_VERSION, MonthStanding, Progress, progress, stand};
pub use score::{Place, Ranged, Standing};
pub use stages::{Fragility, Stage};
pub use window::{WINDOW, Window, median};
