//! Goodstanding.
pub mod proto;
