//! Beliefs that flow between reviewers, their reviews, and the cells that reviews lie in.
//!
//! A cell is what reviews of one campaign share: a listing, or better a listing's praise or blame
//! in one burst. [`propagate`] is the inference of the house; [`speagle`] is the published one that
//! it is measured against. [`Live`] keeps the beliefs of the first up to date between full passes.
//!
//! Everything works on slices: a review is a row, reviewers and cells are numbers from 0. Beliefs
//! are log-odds (natural logarithm) of manipulation. Sums are taken in fixed-point whole numbers,
//! so a result depends neither on the order of the rows nor on how many threads
//! computed it, to the last bit.

mod fixed;
mod graph;
mod linear;
mod local;
mod schedule;
mod speagle;
#[cfg(test)]
mod tests;

pub use graph::{Graph, NetworkError, Priors};
pub use linear::{Options, Pass, propagate};
pub use local::Live;
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
