//! How well progress tells which sellers will go on selling, and which will grow.
//!
//! Walk-forward: at each month's end every score is computed from what was known by then, and held
//! against the six months that follow. Nothing flows back: the past is folded event by event, so a
//! score cannot have seen what came later, and a test that changes the future proves it.
//!
//! * *Who*: sellers with an order in the six months before.
//! * *Survival*: at least one order in the six months after.
//! * *Growth*: the log ratio of orders of the six months after and before; none after is the lowest.
//!   Among those that survive it is given apart.
//! * *How well*: the share of pairs of sellers of one month, with different outcomes, that a score
//!   orders right, ties half (Harrell, 1982), summed over the months.
//! * *Beside*: mean rating, number of reviews, orders of the last three months, and a logistic
//!   regression of all three, fitted anew each month, for each target, on months whose six months
//!   were over by then.
//! * *How sure*: 95 % by bootstrap over sellers, with all their months.

mod bands;
mod baselines;
mod concordance;
mod market;
mod measure;
mod product;
#[cfg(test)]
mod tests;
mod truth;
mod walk;

pub use bands::{Band, Cut};
pub use concordance::Concordance;
pub use market::{Market, read_olist};
pub use measure::{Figures, TargetFigures, measure};
pub use product::Product;
pub use truth::{TruthFigures, against_truth, play_brands};
pub use walk::{Scorer, Walk, walk};

/// Months of the past and of the future that outcomes are taken from.
pub const SPAN_MONTHS: u16 = 6;
