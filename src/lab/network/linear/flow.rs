//! One running pass, on one or two threads.

use std::ops::Range;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

use super::{Account, Centre, Options, Pass, Rate};
use crate::lab::network::fixed::{float, parts, share};
use crate::lab::network::graph::{Graph, Priors};
use crate::stats::logistic;
use crate::threads::parallel::each_block;

/// Message of a reviewer to its reviews; every review reads both fields.
struct ReviewerMessage {
    /// Evidence, the bits of an `f64`.
    evidence: AtomicU64,
    weight: f64,
}

/// A running pass. Values are atomic only because two threads fill them: within half a sweep one
/// block writes each and no other reads it.
pub(super) struct Flow<'a> {
    graph: &'a Graph,
    options: Options,
    threads: usize,
    pub(super) centre: Centre,
    /// Accounts without the messages of cells.
    accounts: Vec<Account>,
    reviewer_messages: Vec<ReviewerMessage>,
    sums: Vec<AtomicI64>,
    from_cell: Vec<AtomicI32>,
    to_cell: Vec<AtomicU32>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(
        graph: &'a Graph,
        priors: Priors<'_>,
        options: Options,
        threads: usize,
    ) -> Self {
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
        let message = |account: &Account| ReviewerMessage {
            evidence: AtomicU64::new(account.evidence(&options).to_bits()),
            weight: account.weight(),
        };
        Self {
            graph,
            options,
            threads,
            centre,
            reviewer_messages: accounts.iter().map(message).collect(),
            accounts,
            sums: (0..graph.cells()).map(|_| AtomicI64::new(0)).collect(),
            from_cell: (0..graph.reviews()).map(|_| AtomicI32::new(0)).collect(),
            to_cell: (0..graph.reviews()).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// Runs both halves of a sweep; returns the largest change of a message, log-odds.
    pub(super) fn sweep(&mut self, step: f64) -> f64 {
        let (total, change) = (AtomicI64::new(0), AtomicU32::new(0));
        each_block(self.threads, self.graph.cells(), |range| {
            let (sum, largest) = self.update_cells(range, step);
            total.fetch_add(sum, Relaxed);
            change.fetch_max(largest, Relaxed);
        });
        each_block(self.threads, self.graph.reviewers(), |range| {
            self.update_reviewers(range);
        });
        let before = self.centre.mean;
        self.centre.mean = share(total.into_inner()) / self.graph.reviews().max(1) as f64;
        // A new mean changes all messages of the next sweep.
        let drift =
            (self.centre.mean - before).abs() / (self.centre.base * (1.0 - self.centre.base));
        float(i64::from(change.into_inner())).max(drift)
    }

    fn update_cells(&self, cells: Range<usize>, step: f64) -> (i64, u32) {
        let (mut total, mut largest) = (0, 0);
        for cell in cells {
            let slots = self.graph.in_cell(cell);
            let mut sum = 0;
            for slot in slots.clone() {
                let message = &self.reviewer_messages[self.graph.reviewer_at(slot)];
                let evidence = f64::from_bits(message.evidence.load(Relaxed));
                let from_cell = self.from_cell[slot].load(Relaxed);
                let to_cell = self
                    .centre
                    .message_to_cell(evidence, from_cell, message.weight);
                self.to_cell[slot].store(to_cell, Relaxed);
                sum += i64::from(to_cell);
            }
            self.sums[cell].store(sum, Relaxed);
            total += sum;
            let whole = Rate {
                sum,
                reviews: slots.len() as u32,
            };
            for slot in slots {
                let others = whole.without(self.to_cell[slot].load(Relaxed));
                let target = self.centre.message_to_review(others, &self.options);
                let old = self.from_cell[slot].load(Relaxed);
                let new = old + (f64::from(target - old) * step) as i32;
                self.from_cell[slot].store(new, Relaxed);
                largest = largest.max(new.abs_diff(old));
            }
        }
        (total, largest)
    }

    fn update_reviewers(&self, reviewers: Range<usize>) {
        for number in reviewers {
            let evidence = self.account(number).evidence(&self.options);
            self.reviewer_messages[number]
                .evidence
                .store(evidence.to_bits(), Relaxed);
        }
    }

    /// Returns the account with the present messages of its cells.
    fn account(&self, number: usize) -> Account {
        let mut account = self.accounts[number];
        for slot in self.graph.by_reviewer(number) {
            account.sum += i64::from(self.from_cell[*slot as usize].load(Relaxed));
        }
        account
    }

    /// Finds the shift at which the mean probability of reviews, with scaled evidence, is the base
    /// rate. The mean rises with the shift, so Newton's steps within a bracket converge.
    pub(super) fn bias(&self, scale: f64) -> f64 {
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

    /// Returns the sum of the reviews' probabilities at a shift, and its slope.
    fn mass(&self, scale: f64, bias: f64) -> (f64, f64) {
        let (sum, slope) = (AtomicI64::new(0), AtomicI64::new(0));
        each_block(self.threads, self.reviewer_messages.len(), |range| {
            let (mut p_sum, mut slope_sum) = (0, 0);
            for number in range {
                let evidence =
                    f64::from_bits(self.reviewer_messages[number].evidence.load(Relaxed));
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

    pub(super) fn finish(self, sweeps: u32, converged: bool) -> Pass {
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
            sweeps,
            converged,
        }
    }
}
