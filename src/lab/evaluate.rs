//! Offline evaluation of scores against labelled data and against simulated truth.

pub mod brand;
pub mod duplicates;
mod held_out;
pub mod inject;
pub mod labelled;
pub mod network;
pub mod robustness;
mod rules;
mod served;
pub mod simulated;
pub mod statements;
pub mod text;

pub use held_out::{HeldOut, held_out};
pub use rules::{deviation, fewest_reviews, one_line_rule};
pub use served::{Served, With};
