//! Whether buyers come back.

pub(super) mod cross_listing;
pub(super) mod repeat_buyers;
pub(super) mod repeat_revenue;
pub(super) mod repeat_reviewers;
