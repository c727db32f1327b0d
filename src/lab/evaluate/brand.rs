//! Evaluation of brand progress against the later survival and growth of sellers.
//!
//! Walk-forward: at the end of each month every score is computed from the facts known by then, and
//! compared with the next six months. The past is folded event by event, so a score cannot use
//! later events; a test that changes the future checks this.
//!
//! * *Sellers*: those with an order in the six months before.
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

/// Months before and after a month end that define outcomes.
pub const SPAN_MONTHS: u16 = 6;
