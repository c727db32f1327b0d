//! Linear inference: degree-normalised propagation of log-odds over reviewers, reviews and cells,
//! after linearised belief propagation (Gatterbauer et al., VLDB 2015).
//!
//! An account has one class. A reviewer's evidence is therefore that of the account plus the *mean*
//! of its reviews' evidence, and volume has no effect by itself. The number of reviews is separate
//! evidence. Accounts of campaigns are thrown away, so their sizes fall off faster than honest
//! ones. The ratio of two power laws is a line in `ln n`, flat from a bound on.
//!
//! A cell has a *rate* and not a class. Its message to a review is the log-odds of the mean
//! probability of its other reviews. The mean is shrunk to the base rate as if the cell had some
//! more reviews at that rate. A cell of thousands therefore does not saturate, and a cell of one
//! says nothing. The message of a review to its cell leaves out the message that it got from it.

mod flow;

use super::Beliefs;
use super::fixed::{fix, float, log_odds, parts, share};
use super::graph::{Graph, NetworkError, Priors};
use crate::stats::logistic;
use flow::Flow;

/// Options of [`propagate`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Difference in slope between the power laws of throw-away and honest accounts: log-odds
    /// subtracted for each unit of `ln` of the number of reviews.
    pub activity: f64,
    /// Number of reviews above which more have no effect, at least 1.
    pub activity_reviews_max: u32,
    /// Reviews at the base rate that a cell adds to its own, above 0.
    pub cell_reviews: f64,
    /// Weight of evidence in the resulting probability, above 0 and up to 1. A review's prior, its
    /// author's prior and its author's other reviews use much the same facts. The order of beliefs
    /// does not depend on it.
    pub tempering: f64,
    /// Largest change of a message, in log-odds, at which a pass ends.
    pub tolerance: f64,
    /// Largest number of sweeps.
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

/// Reference point of all messages of a pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Centre {
    /// Mean prior of the reviews. The mean belief keeps it: the network moves suspicion and creates
    /// none.
    pub(super) base: f64,
    base_log_odds: f64,
    /// Mean log-odds of the reviewers' priors.
    reviewer_log_odds: f64,
    /// Mean message of reviews to their cells, a probability.
    mean: f64,
    /// Log-odds added to all evidence inside the pass.
    bias: f64,
    /// Log-odds added to all tempered evidence.
    bias_out: f64,
}

/// State of a reviewer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Account {
    /// Log-odds of the account's prior above the mean.
    pub(super) own: f64,
    /// Sum of the evidence of its reviews and of the messages of their cells, fixed point.
    pub(super) sum: i64,
    pub(super) reviews: u32,
}

/// State of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rate {
    /// Sum of the probabilities of its reviews, in parts of a whole.
    pub(super) sum: i64,
    pub(super) reviews: u32,
}

/// The result of a pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    options: Options,
    centre: Centre,
    accounts: Vec<Account>,
    rates: Vec<Rate>,
    /// Sweeps made.
    pub sweeps: u32,
    /// Whether messages converged within the tolerance.
    pub converged: bool,
}

/// Runs a pass. The priors of cells are checked but not used, because a rate has none.
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
        // Dense groups can oscillate; half steps make them converge.
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

    /// Returns the own evidence of a review, fixed point.
    pub(super) fn review_evidence(&self, prior: f64) -> i32 {
        fix(log_odds(prior) - self.base_log_odds)
    }

    /// Returns the own evidence of an account.
    pub(super) fn account_evidence(&self, prior: f64) -> f64 {
        log_odds(prior) - self.reviewer_log_odds
    }

    /// Returns the message of a review to its cell: its probability without the message of the
    /// cell.
    pub(super) fn message_to_cell(&self, evidence: f64, from_cell: i32, weight: f64) -> u32 {
        parts(logistic(
            evidence + self.bias - float(i64::from(from_cell)) * weight,
        ))
    }

    /// Returns the log-odds of the rate of reviews with a sum and number.
    fn rate(&self, sum: i64, reviews: u32, options: &Options) -> f64 {
        let reviews = f64::from(reviews);
        let excess = (share(sum) - reviews * self.mean) / (reviews + options.cell_reviews);
        // The rate is bounded: a fiftieth of the base rate at either end.
        let floor = self.base / 50.0;
        let ceiling = 1.0 - (1.0 - self.base) / 50.0;
        log_odds((self.base + excess).clamp(floor, ceiling))
    }

    /// Returns the message of a cell to a review, given its other reviews; fixed point.
    pub(super) fn message_to_review(&self, others: Rate, options: &Options) -> i32 {
        fix(self.rate(others.sum, others.reviews, options) - self.base_log_odds)
    }

    /// Returns the belief in a cell.
    pub(super) fn cell_belief(&self, cell: Rate, options: &Options) -> f64 {
        self.rate(cell.sum, cell.reviews, options)
    }

    /// Returns the belief in an account, and so in its reviews.
    pub(super) fn account_belief(&self, account: &Account, options: &Options) -> f64 {
        options.tempering * account.evidence(options) + self.bias_out
    }
}

impl Account {
    /// Returns all evidence on the account, log-odds.
    pub(super) fn evidence(&self, options: &Options) -> f64 {
        let counted = self.reviews.clamp(1, options.activity_reviews_max.max(1));
        let activity = options.activity * libm::log(f64::from(counted));
        self.own + float(self.sum) * self.weight() - activity
    }

    /// Returns the weight of one review.
    pub(super) fn weight(&self) -> f64 {
        1.0 / f64::from(self.reviews.max(1))
    }
}

impl Rate {
    /// Returns the cell without one of its reviews.
    pub(super) fn without(self, to_cell: u32) -> Self {
        Self {
            sum: self.sum - i64::from(to_cell),
            reviews: self.reviews.saturating_sub(1),
        }
    }
}

impl Pass {
    /// Returns the beliefs in all nodes.
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
