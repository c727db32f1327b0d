//! Loopy belief propagation as in `SpEagle` (Rayana and Akoglu, KDD 2015).

use std::sync::atomic::{AtomicI32, Ordering};

use super::Beliefs;
use super::fixed::{fix, float, log_odds};
use super::graph::{Graph, NetworkError, Priors};
use super::schedule::{Level, breadth_first};
use crate::threads::parallel::each_block;

/// Potentials between neighbours, and the number of sweeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Potentials {
    /// Probability that a review and its reviewer differ, above 0 and below 0.5.
    pub reviewer_review: f64,
    /// Probability that a review and its cell differ, above 0 and below 0.5.
    pub review_cell: f64,
    /// Sweeps over all nodes, alternating: inwards first, then outwards.
    pub sweeps: u32,
}

impl Default for Potentials {
    /// The common values of this method: an account has one class, a listing does not.
    fn default() -> Self {
        Self {
            reviewer_review: 1e-5,
            review_cell: 0.1,
            sweeps: 2,
        }
    }
}

/// Runs belief propagation for pairwise potentials `[[1 - e, e], [e, 1 - e]]`, with messages in
/// log-odds. Cells are the listings. On a tree beliefs are exact marginals after enough sweeps: two
/// if one node has more neighbours than any other.
pub fn speagle(
    graph: &Graph,
    priors: Priors<'_>,
    potentials: Potentials,
    threads: usize,
) -> Result<Beliefs, NetworkError> {
    priors.check(graph)?;
    let levels = breadth_first(graph);
    let messages = Messages::new(graph, priors, potentials);
    for sweep in 0..potentials.sweeps {
        if sweep % 2 == 0 {
            for level in levels.iter().rev() {
                messages.update(level, threads);
            }
        } else {
            for level in &levels {
                messages.update(level, threads);
            }
        }
    }
    Ok(messages.beliefs())
}

/// All messages, one for each slot and direction, in fixed-point log-odds. They are atomic only
/// because two threads fill them; within one level no message is both read and written.
struct Messages<'a> {
    graph: &'a Graph,
    potentials: Potentials,
    reviews: Vec<i32>,
    reviewers: Vec<i32>,
    cells: Vec<i32>,
    from_reviewer: Vec<AtomicI32>,
    from_cell: Vec<AtomicI32>,
    to_reviewer: Vec<AtomicI32>,
    to_cell: Vec<AtomicI32>,
}

impl<'a> Messages<'a> {
    fn new(graph: &'a Graph, priors: Priors<'_>, potentials: Potentials) -> Self {
        let prior = |p: f64| fix(log_odds(p));
        let zeros = || (0..graph.reviews()).map(|_| AtomicI32::new(0)).collect();
        Self {
            graph,
            potentials,
            reviews: graph.to_slots(priors.reviews, prior),
            reviewers: priors.reviewers.iter().map(|p| prior(*p)).collect(),
            cells: priors.cells.iter().map(|p| prior(*p)).collect(),
            from_reviewer: zeros(),
            from_cell: zeros(),
            to_reviewer: zeros(),
            to_cell: zeros(),
        }
    }

    fn update(&self, level: &Level, threads: usize) {
        let Potentials {
            reviewer_review,
            review_cell,
            ..
        } = self.potentials;
        each_block(threads, level.cells.len(), |range| {
            for cell in &level.cells[range] {
                let slots = self.graph.in_cell(*cell as usize);
                let total = sum(self.cells[*cell as usize], &self.to_cell, slots.clone());
                send(total, review_cell, &self.to_cell, &self.from_cell, slots);
            }
        });
        each_block(threads, level.reviewers.len(), |range| {
            for reviewer in &level.reviewers[range] {
                let slots = self.graph.by_reviewer(*reviewer as usize);
                let slots = slots.iter().map(|slot| *slot as usize);
                let (incoming, outgoing) = (&self.to_reviewer, &self.from_reviewer);
                let total = sum(self.reviewers[*reviewer as usize], incoming, slots.clone());
                send(total, reviewer_review, incoming, outgoing, slots);
            }
        });
        each_block(threads, level.slots.len(), |range| {
            for slot in &level.slots[range] {
                let slot = *slot as usize;
                let own = i64::from(self.reviews[slot]);
                let (reviewer, cell) = (get(&self.from_reviewer, slot), get(&self.from_cell, slot));
                set(
                    &self.to_reviewer,
                    slot,
                    through(own + cell, reviewer_review),
                );
                set(&self.to_cell, slot, through(own + reviewer, review_cell));
            }
        });
    }

    fn beliefs(&self) -> Beliefs {
        let graph = self.graph;
        let review = |slot: usize| {
            let own = i64::from(self.reviews[slot]);
            float(own + get(&self.from_reviewer, slot) + get(&self.from_cell, slot))
        };
        let reviewer = |number: usize| {
            let slots = graph.by_reviewer(number).iter().map(|slot| *slot as usize);
            float(sum(self.reviewers[number], &self.to_reviewer, slots))
        };
        let cell = |number: usize| {
            float(sum(
                self.cells[number],
                &self.to_cell,
                graph.in_cell(number),
            ))
        };
        Beliefs {
            reviews: graph.to_rows(review),
            reviewers: (0..graph.reviewers()).map(reviewer).collect(),
            cells: (0..graph.cells()).map(cell).collect(),
        }
    }
}

fn get(messages: &[AtomicI32], slot: usize) -> i64 {
    i64::from(messages[slot].load(Ordering::Relaxed))
}

fn set(messages: &[AtomicI32], slot: usize, message: i32) {
    messages[slot].store(message, Ordering::Relaxed);
}

/// Returns the sum of a node's prior and its incoming messages.
fn sum(prior: i32, incoming: &[AtomicI32], slots: impl Iterator<Item = usize>) -> i64 {
    slots.fold(i64::from(prior), |total, slot| total + get(incoming, slot))
}

/// Sends each neighbour the node's belief without the message of that neighbour.
fn send(
    total: i64,
    differ: f64,
    incoming: &[AtomicI32],
    outgoing: &[AtomicI32],
    slots: impl Iterator<Item = usize>,
) {
    for slot in slots {
        set(outgoing, slot, through(total - get(incoming, slot), differ));
    }
}

/// Returns the log-odds of a neighbour with odds `e^x` after a potential: `ln` of `(e + (1 - e) o)
/// / ((1 - e) + e o)`, which is odd in `x`.
fn through(belief: i64, differ: f64) -> i32 {
    let x = float(belief);
    let odds = libm::exp(-x.abs());
    let size = libm::log((1.0 - differ + differ * odds) / (differ + (1.0 - differ) * odds));
    fix(size.copysign(x))
}
