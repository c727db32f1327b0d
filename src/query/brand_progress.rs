//! Brand progress of all sellers: the pass that keeps it, and its snapshots.

mod pass;
mod snapshot;

pub use pass::BrandPass;
pub use snapshot::{ProgressSnapshot, SellerProgress};
