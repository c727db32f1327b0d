//! Whether the goods are good, and get better.

pub(super) mod fixed_complaints;
pub(super) mod rating;
pub(super) mod returns;
