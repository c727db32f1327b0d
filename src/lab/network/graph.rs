//! The graph of reviewers, reviews and cells in compact arrays.

use std::ops::Range;

/// An error of building or using a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// Two slices have different lengths.
    #[error("{what}: {got} values where {want} are needed")]
    Length {
        /// The slice.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length it must have.
        want: usize,
    },
    /// A number is not below the number of nodes of its kind.
    #[error("{what} of row {row}: {number} where only {count} exist")]
    Number {
        /// The kind of node.
        what: &'static str,
        /// The review's row.
        row: usize,
        /// The number given.
        number: u32,
        /// Number of nodes.
        count: usize,
    },
    /// More nodes than 32 bits can count.
    #[error("{0} nodes: more than a network can hold")]
    Size(usize),
    /// A prior is not a probability.
    #[error("prior of {what} {row}: {value} is not within 0 to 1")]
    Prior {
        /// The kind of node.
        what: &'static str,
        /// The node's number.
        row: usize,
        /// The value given.
        value: f64,
    },
}

/// Reviewers, reviews and cells. Reviews are sorted by cell: the position of a review in that order
/// is its slot, and the slots of a cell are a range.
#[derive(Clone, Debug)]
pub struct Graph {
    cell_starts: Vec<u32>,
    reviewer_starts: Vec<u32>,
    reviewer_slots: Vec<u32>,
    reviewer_of: Vec<u32>,
    cell_of: Vec<u32>,
    row_of: Vec<u32>,
}

impl Graph {
    /// Builds the graph from the reviewer and cell number of each row.
    pub fn new(
        reviewer_of: &[u32],
        cell_of: &[u32],
        reviewers: usize,
        cells: usize,
    ) -> Result<Self, NetworkError> {
        let rows = reviewer_of.len();
        if cell_of.len() != rows {
            let (got, want) = (cell_of.len(), rows);
            let what = "cells of reviews";
            return Err(NetworkError::Length { what, got, want });
        }
        // One number is reserved for "none".
        let nodes = rows.saturating_add(reviewers).saturating_add(cells);
        if nodes >= u32::MAX as usize {
            return Err(NetworkError::Size(nodes));
        }
        check("reviewer", reviewer_of, reviewers)?;
        check("cell", cell_of, cells)?;
        let (cell_starts, row_of) = bucket(cell_of, cells);
        let pick = |from: &[u32]| row_of.iter().map(|row| from[*row as usize]).collect();
        let reviewer_of: Vec<u32> = pick(reviewer_of);
        let cell_of = pick(cell_of);
        let (reviewer_starts, reviewer_slots) = bucket(&reviewer_of, reviewers);
        Ok(Self {
            cell_starts,
            reviewer_starts,
            reviewer_slots,
            reviewer_of,
            cell_of,
            row_of,
        })
    }

    /// Returns the number of reviews.
    pub fn reviews(&self) -> usize {
        self.row_of.len()
    }

    /// Returns the number of reviewers, also of those without a review.
    pub fn reviewers(&self) -> usize {
        self.reviewer_starts.len() - 1
    }

    /// Returns the number of cells, empty ones included.
    pub fn cells(&self) -> usize {
        self.cell_starts.len() - 1
    }

    /// Returns the slots of a cell's reviews.
    pub(super) fn in_cell(&self, cell: usize) -> Range<usize> {
        self.cell_starts[cell] as usize..self.cell_starts[cell + 1] as usize
    }

    /// Returns the slots of a reviewer's reviews.
    pub(super) fn by_reviewer(&self, reviewer: usize) -> &[u32] {
        let starts = &self.reviewer_starts;
        &self.reviewer_slots[starts[reviewer] as usize..starts[reviewer + 1] as usize]
    }

    pub(super) fn reviewer_at(&self, slot: usize) -> usize {
        self.reviewer_of[slot] as usize
    }

    pub(super) fn cell_at(&self, slot: usize) -> usize {
        self.cell_of[slot] as usize
    }

    /// Reorders values of rows to values of slots.
    pub(super) fn to_slots<T>(&self, rows: &[f64], mut map: impl FnMut(f64) -> T) -> Vec<T> {
        let values = self.row_of.iter().map(|row| rows[*row as usize]);
        values.map(&mut map).collect()
    }

    /// Returns a value of each slot in the order of the rows.
    pub(super) fn to_rows(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut rows = vec![0.0; self.row_of.len()];
        for (slot, row) in self.row_of.iter().enumerate() {
            rows[*row as usize] = value(slot);
        }
        rows
    }
}

fn check(what: &'static str, numbers: &[u32], count: usize) -> Result<(), NetworkError> {
    match numbers.iter().position(|number| *number as usize >= count) {
        None => Ok(()),
        Some(row) => Err(NetworkError::Number {
            what,
            row,
            number: numbers[row],
            count,
        }),
    }
}

/// Sorts by counting: returns the start of each key's items, with an end after the last, and the
/// items.
fn bucket(keys: &[u32], count: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; count + 1];
    for key in keys {
        starts[*key as usize + 1] += 1;
    }
    for key in 0..count {
        starts[key + 1] += starts[key];
    }
    let mut next = starts.clone();
    let mut items = vec![0_u32; keys.len()];
    for (item, key) in keys.iter().enumerate() {
        let next_slot = &mut next[*key as usize];
        items[*next_slot as usize] = item as u32;
        *next_slot += 1;
    }
    (starts, items)
}

/// Prior probabilities of manipulation of all nodes, 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Priors<'a> {
    /// One a review, in the order of the rows.
    pub reviews: &'a [f64],
    /// One a reviewer, by number.
    pub reviewers: &'a [f64],
    /// One a cell, by number.
    pub cells: &'a [f64],
}

impl Priors<'_> {
    /// Checks that there is a probability for every node.
    pub(super) fn check(&self, graph: &Graph) -> Result<(), NetworkError> {
        let kinds = [
            ("review", self.reviews, graph.reviews()),
            ("reviewer", self.reviewers, graph.reviewers()),
            ("cell", self.cells, graph.cells()),
        ];
        for (what, values, want) in kinds {
            if values.len() != want {
                let got = values.len();
                return Err(NetworkError::Length { what, got, want });
            }
            if let Some(row) = values.iter().position(|p| !(0.0..=1.0).contains(p)) {
                let value = values[row];
                return Err(NetworkError::Prior { what, row, value });
            }
        }
        Ok(())
    }
}
