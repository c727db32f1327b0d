//! The vocabulary of settings: sections, faults, durations, sizes and secrets.
//!
//! Each room defines its own section with this vocabulary; [`crate::settings`] is their sum.

mod faults;
mod value;

pub use faults::{Fault, Section};
pub use value::{Secret, Size, Span};
