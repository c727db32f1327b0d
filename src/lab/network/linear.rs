//! The inference of the house: degree-normalised propagation of log-odds over reviewer, review and
//! cell, in the spirit of linearised belief propagation (Gatterbauer et al., VLDB 2015).
//!
//! An account is of one kind, so a reviewer's evidence is what is known of the account itself plus
//! the *mean* of its reviews' evidence: volume neither damns nor absolves. How many reviews an
//! account wrote is evidence of its own: accounts that serve a campaign are thrown away, so their
//! sizes fall off faster than honest ones, and the ratio of two power laws is a line in `ln n`,
//! flat from a bound on. A cell is not of one kind but has a *rate*: its message to a review is the
//! log-odds of the mean probability of its other reviews, shrunk to the base rate as if the cell
//! held some more reviews at that rate. So a cell of thousands does not saturate, and a cell of one
//! says nothing. What a review heard from a cell is taken out of what it tells that cell.

mod flow;

use super::Beliefs;
use super::fixed::{fix, float, log_odds, parts, share};
use super::graph::{Graph, NetworkError, Priors};
use crate::stats::logistic;
use flow::Flow;

/// How [`propagate`] weighs what it hears.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// By how much the power law of throw-away accounts is steeper than that of honest ones:
    /// log-odds that each unit of `ln` of the number of reviews takes away.
    pub activity: f64,
    /// Number of reviews from which on more say nothing, at least 1.
    pub activity_reviews_max: u32,
    /// Reviews at the base rate that a cell counts beside its own, above 0.
    pub cell_reviews: f64,
    /// What evidence of one kind counts for in the probability that is given out, above 0 and up
    /// to 1. A review's prior, its author's prior and its author's other reviews look at much the
    /// same facts; the order of beliefs does not depend on it.
    pub tempering: f64,
    /// Largest change of a message, in log-odds, at which a pass ends.
    pub tolerance: f64,
    /// Sweeps after which a pass ends in any case.
    pub sweeps_max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            activity: 2.5,
            activity_reviews_max: 8,
            cell_reviews: 10.0,
            tempering: 0.5,
            tolerance: 1e-4,
            sweeps_max: 40,
        }
    }
}

/// What all messages of a pass refer to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Centre {
    /// Mean prior of the reviews, which the mean belief keeps: the network moves suspicion about,
    /// it makes none.
    pub(super) base: f64,
    base_log_odds: f64,
    /// Mean log-odds of the reviewers' priors.
    reviewer_log_odds: f64,
    /// Mean probability that reviews tell their cells.
    mean: f64,
    /// Log-odds added to all evidence inside the pass.
    bias: f64,
    /// Log-odds added to all tempered evidence.
    bias_out: f64,
}

/// A reviewer's side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Account {
    /// Log-odds of the account's prior beyond the mean.
    pub(super) own: f64,
    /// Evidence of its reviews and what their cells print, summed, fixed point.
    pub(super) sum: i64,
    pub(super) reviews: u32,
}

/// A cell's side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rate {
    /// Probabilities of its reviews, summed, parts of a whole.
    pub(super) sum: i64,
    pub(super) reviews: u32,
}

/// The outcome of a full pass, with all messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    pub(super) options: Options,
    pub(super) centre: Centre,
    pub(super) accounts: Vec<Account>,
    pub(super) rates: Vec<Rate>,
    /// By slot, fixed-point log-odds.
    pub(super) from_cell: Vec<i32>,
    /// By slot, parts of a whole.
    pub(super) to_cell: Vec<u32>,
    /// Sweeps made.
    pub sweeps: u32,
    /// Whether messages came to rest within the tolerance.
    pub converged: bool,
}

/// Runs a full pass. The cells' priors are checked but not used: a rate needs none.
pub fn propagate(
    graph: &Graph,
    priors: Priors<'_>,
    options: Options,
    threads: usize,
) -> Result<Pass, NetworkError> {
    priors.check(graph)?;
    let mut flow = Flow::new(graph, priors, options, threads);
    flow.centre.bias = flow.bias(1.0);
    flow.centre.mean = flow.centre.base;
    let (mut step, mut before) = (1.0, f64::INFINITY);
    let (mut sweeps, mut converged) = (0, graph.reviews() == 0);
    while !converged && sweeps < options.sweeps_max {
        let change = flow.sweep(step);
        sweeps += 1;
        converged = change <= options.tolerance;
        // Dense groups can swing; half steps bring them to rest.
        step = if change > 0.9 * before { 0.5 } else { step };
        before = change;
    }
    flow.centre.bias_out = flow.bias(options.tempering);
    Ok(flow.finish(sweeps, converged))
}

impl Centre {
    fn new(graph: &Graph, priors: Priors<'_>) -> Self {
        let mean = |sum: i64, count: usize| sum as f64 / count.max(1) as f64;
        let prior_sum = priors.reviews.iter().map(|p| i64::from(parts(*p))).sum();
        let base = (mean(prior_sum, graph.reviews()) * share(1)).clamp(1e-3, 0.999);
        let accounts = (0..graph.reviewers()).filter(|r| !graph.by_reviewer(*r).is_empty());
        let (sum, count) = accounts.fold((0, 0), |(sum, count), r| {
            (
                sum + i64::from(fix(log_odds(priors.reviewers[r]))),
                count + 1,
            )
        });
        Self {
            base,
            base_log_odds: log_odds(base),
            reviewer_log_odds: mean(sum, count) * float(1),
            mean: base,
            bias: 0.0,
            bias_out: 0.0,
        }
    }

    /// A review's own evidence, fixed point.
    pub(super) fn review_evidence(&self, prior: f64) -> i32 {
        fix(log_odds(prior) - self.base_log_odds)
    }

    /// An account's own evidence.
    pub(super) fn account_evidence(&self, prior: f64) -> f64 {
        log_odds(prior) - self.reviewer_log_odds
    }

    /// What a review tells its cell: the probability without what the cell told it.
    pub(super) fn review_says(&self, evidence: f64, heard: i32, weight: f64) -> u32 {
        parts(logistic(
            evidence + self.bias - float(i64::from(heard)) * weight,
        ))
    }

    /// Log-odds of the rate that reviews of a given sum and number speak for.
    fn rate(&self, sum: i64, reviews: u32, options: &Options) -> f64 {
        let reviews = f64::from(reviews);
        let excess = (share(sum) - reviews * self.mean) / (reviews + options.cell_reviews);
        // A rate stays a rate: within a fiftieth of either end of what the base leaves.
        let floor = self.base / 50.0;
        let ceiling = 1.0 - (1.0 - self.base) / 50.0;
        log_odds((self.base + excess).clamp(floor, ceiling))
    }

    /// What a cell tells a review, given its other reviews; fixed point.
    pub(super) fn cell_says(&self, others: Rate, options: &Options) -> i32 {
        fix(self.rate(others.sum, others.reviews, options) - self.base_log_odds)
    }

    /// What is believed of a cell.
    pub(super) fn cell_belief(&self, cell: Rate, options: &Options) -> f64 {
        self.rate(cell.sum, cell.reviews, options)
    }

    /// What is believed of an account, and so of its reviews.
    pub(super) fn account_belief(&self, account: &Account, options: &Options) -> f64 {
        options.tempering * account.evidence(options) + self.bias_out
    }
}

impl Account {
    /// All evidence on the account, log-odds.
    pub(super) fn evidence(&self, options: &Options) -> f64 {
        let counted = self.reviews.clamp(1, options.activity_reviews_max.max(1));
        let activity = options.activity * libm::log(f64::from(counted));
        self.own + float(self.sum) * self.weight() - activity
    }

    /// What one review counts for.
    pub(super) fn weight(&self) -> f64 {
        1.0 / f64::from(self.reviews.max(1))
    }
}

impl Rate {
    /// The cell without one of its reviews.
    pub(super) fn without(self, told: u32) -> Self {
        Self {
            sum: self.sum - i64::from(told),
            reviews: self.reviews.saturating_sub(1),
        }
    }
}

impl Pass {
    /// What is believed of every node.
    pub fn beliefs(&self, graph: &Graph) -> Beliefs {
        let account = |number: usize| {
            self.centre
                .account_belief(&self.accounts[number], &self.options)
        };
        let cell = |rate: &Rate| self.centre.cell_belief(*rate, &self.options);
        Beliefs {
            reviews: graph.to_rows(|slot| account(graph.reviewer_at(slot))),
            reviewers: (0..graph.reviewers()).map(account).collect(),
            cells: self.rates.iter().map(cell).collect(),
        }
    }
}
