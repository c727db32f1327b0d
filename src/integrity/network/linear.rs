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

use std::ops::Range;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

use super::Beliefs;
use super::fixed::{fix, float, log_odds, parts, share};
use super::graph::{Graph, NetworkError, Priors};
use super::parallel::each_block;
use crate::integrity::logistic;

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
    /// Evidence of its reviews and what their cells say, summed, fixed point.
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

/// A reviewer's voice, kept together because every review reads both.
struct Voice {
    /// Evidence, the bits of an `f64`.
    evidence: AtomicU64,
    weight: f64,
}

/// A pass under way. Values are atomic only so that two threads may fill them: within half a sweep
/// each is written by one block and read by no other.
struct Flow<'a> {
    graph: &'a Graph,
    options: Options,
    threads: usize,
    centre: Centre,
    /// Without what cells say.
    accounts: Vec<Account>,
    voices: Vec<Voice>,
    sums: Vec<AtomicI64>,
    from_cell: Vec<AtomicI32>,
    to_cell: Vec<AtomicU32>,
}

impl<'a> Flow<'a> {
    fn new(graph: &'a Graph, priors: Priors<'_>, options: Options, threads: usize) -> Self {
        let centre = Centre::new(graph, priors);
        let evidence = graph.to_slots(priors.reviews, |p| centre.review_evidence(p));
        let account = |number: usize| {
            let slots = graph.by_reviewer(number);
            let sum = slots
                .iter()
                .map(|slot| i64::from(evidence[*slot as usize]))
                .sum();
            Account {
                own: centre.account_evidence(priors.reviewers[number]),
                sum,
                reviews: slots.len() as u32,
            }
        };
        let accounts: Vec<Account> = (0..graph.reviewers()).map(account).collect();
        let voice = |account: &Account| Voice {
            evidence: AtomicU64::new(account.evidence(&options).to_bits()),
            weight: account.weight(),
        };
        Self {
            graph,
            options,
            threads,
            centre,
            voices: accounts.iter().map(voice).collect(),
            accounts,
            sums: (0..graph.cells()).map(|_| AtomicI64::new(0)).collect(),
            from_cell: (0..graph.reviews()).map(|_| AtomicI32::new(0)).collect(),
            to_cell: (0..graph.reviews()).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// Both halves of a sweep; returns the largest change of a message, log-odds.
    fn sweep(&mut self, step: f64) -> f64 {
        let (total, change) = (AtomicI64::new(0), AtomicU32::new(0));
        each_block(self.threads, self.graph.cells(), |range| {
            let (sum, largest) = self.cells_speak(range, step);
            total.fetch_add(sum, Relaxed);
            change.fetch_max(largest, Relaxed);
        });
        each_block(self.threads, self.graph.reviewers(), |range| {
            self.reviewers_listen(range);
        });
        let before = self.centre.mean;
        self.centre.mean = share(total.into_inner()) / self.graph.reviews().max(1) as f64;
        // A new mean moves all messages of the next sweep.
        let drift =
            (self.centre.mean - before).abs() / (self.centre.base * (1.0 - self.centre.base));
        float(i64::from(change.into_inner())).max(drift)
    }

    fn cells_speak(&self, cells: Range<usize>, step: f64) -> (i64, u32) {
        let (mut total, mut largest) = (0, 0);
        for cell in cells {
            let slots = self.graph.in_cell(cell);
            let mut sum = 0;
            for slot in slots.clone() {
                let voice = &self.voices[self.graph.reviewer_at(slot)];
                let evidence = f64::from_bits(voice.evidence.load(Relaxed));
                let heard = self.from_cell[slot].load(Relaxed);
                let told = self.centre.review_says(evidence, heard, voice.weight);
                self.to_cell[slot].store(told, Relaxed);
                sum += i64::from(told);
            }
            self.sums[cell].store(sum, Relaxed);
            total += sum;
            let whole = Rate {
                sum,
                reviews: slots.len() as u32,
            };
            for slot in slots {
                let others = whole.without(self.to_cell[slot].load(Relaxed));
                let target = self.centre.cell_says(others, &self.options);
                let old = self.from_cell[slot].load(Relaxed);
                let new = old + (f64::from(target - old) * step) as i32;
                self.from_cell[slot].store(new, Relaxed);
                largest = largest.max(new.abs_diff(old));
            }
        }
        (total, largest)
    }

    fn reviewers_listen(&self, reviewers: Range<usize>) {
        for number in reviewers {
            let evidence = self.account(number).evidence(&self.options);
            self.voices[number]
                .evidence
                .store(evidence.to_bits(), Relaxed);
        }
    }

    /// The account with what the cells say at present.
    fn account(&self, number: usize) -> Account {
        let mut account = self.accounts[number];
        for slot in self.graph.by_reviewer(number) {
            account.sum += i64::from(self.from_cell[*slot as usize].load(Relaxed));
        }
        account
    }

    /// The shift at which the mean probability of reviews, their evidence scaled, is the base rate:
    /// Newton's steps within a bracket, as the mean rises with the shift.
    fn bias(&self, scale: f64) -> f64 {
        let want = self.centre.base * self.graph.reviews() as f64;
        let (mut low, mut high) = (-1000.0, 1000.0);
        let mut bias = self.centre.base_log_odds;
        for _ in 0..100 {
            let (sum, slope) = self.mass(scale, bias);
            let miss = sum - want;
            if miss > 0.0 {
                high = bias;
            } else {
                low = bias;
            }
            let newton = bias - miss / slope;
            let next = if newton > low && newton < high {
                newton
            } else {
                f64::midpoint(low, high)
            };
            if (next - bias).abs() < 1e-9 {
                break;
            }
            bias = next;
        }
        bias
    }

    /// Sum of the reviews' probabilities at a shift, and how fast it rises.
    fn mass(&self, scale: f64, bias: f64) -> (f64, f64) {
        let (sum, slope) = (AtomicI64::new(0), AtomicI64::new(0));
        each_block(self.threads, self.voices.len(), |range| {
            let (mut p_sum, mut slope_sum) = (0, 0);
            for number in range {
                let evidence = f64::from_bits(self.voices[number].evidence.load(Relaxed));
                let p = logistic(scale * evidence + bias);
                let reviews = i64::from(self.accounts[number].reviews);
                p_sum += reviews * i64::from(parts(p));
                slope_sum += reviews * i64::from(parts(p * (1.0 - p)));
            }
            sum.fetch_add(p_sum, Relaxed);
            slope.fetch_add(slope_sum, Relaxed);
        });
        (share(sum.into_inner()), share(slope.into_inner()))
    }

    fn finish(self, sweeps: u32, converged: bool) -> Pass {
        let accounts = (0..self.graph.reviewers())
            .map(|number| self.account(number))
            .collect();
        let rate = |(cell, sum): (usize, AtomicI64)| Rate {
            sum: sum.into_inner(),
            reviews: self.graph.in_cell(cell).len() as u32,
        };
        Pass {
            options: self.options,
            centre: self.centre,
            accounts,
            rates: self.sums.into_iter().enumerate().map(rate).collect(),
            from_cell: self
                .from_cell
                .into_iter()
                .map(AtomicI32::into_inner)
                .collect(),
            to_cell: self
                .to_cell
                .into_iter()
                .map(AtomicU32::into_inner)
                .collect(),
            sweeps,
            converged,
        }
    }
}
