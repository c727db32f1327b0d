//! Whom it reaches by itself.

pub(super) mod audience;
pub(super) mod search_lift;
