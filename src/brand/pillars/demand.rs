//! Whether buyers look for the brand.

pub(super) mod search_beyond_sales;
pub(super) mod search_share;
pub(super) mod sustained;
pub(super) mod unpaid_sessions;
