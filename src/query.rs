//! Read models: from a snapshot to what callers read.

mod assessment;
mod ranking;

pub use assessment::{assess, band_message, find_row, subject_of};
pub use ranking::{Order, Ranked, rank, suspect_reviews};
