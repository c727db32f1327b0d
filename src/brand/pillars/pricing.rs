//! Whether buyers pay more for the brand.

pub(super) mod full_price;
pub(super) mod hedonic_premium;
pub(super) mod pass_through;
pub(super) mod revenue_premium;
