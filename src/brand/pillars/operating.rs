//! How well the trade is run.

pub(super) mod ad_independence;
pub(super) mod completeness;
pub(super) mod rank;
pub(super) mod service;
pub(super) mod visibility;
