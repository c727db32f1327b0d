//! Propagation of beliefs between reviewers, reviews and cells.
//!
//! A cell groups reviews: a listing, or a listing's reviews of one polarity in one burst.
//! [`propagate`] is the linear inference of the laboratory, and [`speagle()`] the published
//! reference.
//!
//! All functions take slices: a review is a row, and reviewers and cells are numbers from 0.
//! Beliefs are log-odds (natural logarithm) of manipulation. Sums are fixed-point integers, so a
//! result is the same to the last bit for any order of rows and number of threads.

mod fixed;
mod graph;
mod linear;
mod schedule;
mod speagle;
#[cfg(test)]
mod tests;

pub use graph::{Graph, NetworkError, Priors};
pub use linear::{Options, Pass, propagate};
pub use speagle::{Potentials, speagle};

/// Log-odds of manipulation, natural logarithm, of every node of a graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beliefs {
    /// One a review, in the order of the rows.
    pub reviews: Vec<f64>,
    /// One a reviewer, by number.
    pub reviewers: Vec<f64>,
    /// One a cell, by number.
    pub cells: Vec<f64>,
}
