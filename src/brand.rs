//! Measures how far a seller has come in building a brand of its own.
//!
//! `gather` walks over the state of a seller and sums it into months, raw and with data that are
//! likely manipulated discounted. The measures of `pillars` look at decayed windows of these, and
//! `peers` compares their values with those of similar sellers. Pillars, an index and a stage follow
//! ([`Progress`]). [`ProgressModel`] keeps the progress of all sellers; [`advice`] recommends actions,
//! [`plan`] simulates changes, and [`voice`] extracts the topics of reviews. Data flows one way:
//! nothing here changes the state.

pub mod advice;
mod complaints;
mod config;
mod demand;
mod gather;
mod hedonic;
mod inputs;
mod markets;
mod measure;
mod peer_context;
mod peers;
mod pillars;
pub mod plan;
mod progress;
mod progress_model;
mod repeat_rates;
mod score;
mod slope;
mod stage_counts;
mod stages;
#[cfg(test)]
mod tests;
mod trend;
pub mod voice;
mod window;

pub use config::Config;
pub use gather::{Part, month_end, month_of};
pub use measure::{Input, Measure, PILLARS, Pillar};
pub use peers::{PEERS_LEAST, PeerScope, PeerSpread, Peers, better_than, percentile};
pub use pillars::{ALL as MEASURES, index_of as measure_index};
pub use progress::{BRAND_MODEL_VERSION, MonthProgress, Progress};
pub use progress_model::{At, CachedProgress, ProgressModel};
pub use score::{Interval, Position, Standing};
pub use stage_counts::StageCounts;
pub use stages::{Fragility, Stage};
pub use trend::{BreakKind, Change, ChangePoint, Trend};
