//! Beliefs kept up to date between full passes: only nodes that have news of weight speak again,
//! those with the most first (residual belief propagation, Elidan et al., UAI 2006).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::{Graph, NetworkError};
use super::linear::{Account, Pass, Rate};

/// Who may have news: cells before reviewers at equal weight, smaller numbers first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Cell(u32),
    Reviewer(u32),
}

/// Ends a chain of slots.
const END: u32 = u32::MAX;

/// A full pass, and what has come since. The base rate and the shifts of the pass stay as they are
/// until the next one, so this drifts as the data does: full passes go on beside it.
#[derive(Clone, Debug)]
pub struct Live {
    graph: Graph,
    pass: Pass,
    /// Slot of each row of the pass; newer reviews have their row for a slot.
    slots: Vec<u32>,
    /// Newer reviews: their nodes, and the next newer review of the same node.
    added: Vec<Added>,
    newest_of_reviewer: Vec<u32>,
    newest_of_cell: Vec<u32>,
    /// Evidence at which a reviewer, and belief at which a cell, last spoke.
    reviewers_said: Vec<f64>,
    cells_said: Vec<f64>,
    news: BinaryHeap<(u32, Reverse<Node>)>,
    reviewer_waits: Vec<bool>,
    cell_waits: Vec<bool>,
    /// Change of log-odds from which on a node has news.
    threshold: f64,
    credit: i64,
}

#[derive(Clone, Copy, Debug)]
struct Added {
    reviewer: u32,
    cell: u32,
    older_of_reviewer: u32,
    older_of_cell: u32,
}

impl Live {
    /// Goes on from a full pass over the graph. A node speaks again once what it believes has
    /// changed by the threshold, log-odds, above 0; 0.005 keeps probabilities well within 0.01.
    pub fn new(graph: Graph, pass: Pass, threshold: f64) -> Self {
        let said = |account: &Account| account.evidence(&pass.options);
        let rate = |rate: &Rate| pass.centre.cell_belief(*rate, &pass.options);
        Self {
            slots: graph.slots(),
            added: Vec::new(),
            newest_of_reviewer: vec![END; graph.reviewers()],
            newest_of_cell: vec![END; graph.cells()],
            reviewers_said: pass.accounts.iter().map(said).collect(),
            cells_said: pass.rates.iter().map(rate).collect(),
            news: BinaryHeap::new(),
            reviewer_waits: vec![false; graph.reviewers()],
            cell_waits: vec![false; graph.cells()],
            threshold: threshold.max(1e-9),
            credit: 0,
            graph,
            pass,
        }
    }

    /// A reviewer that was not there, with its prior; returns its number.
    pub fn add_reviewer(&mut self, prior: f64) -> Result<u32, NetworkError> {
        let number = self.pass.accounts.len();
        check_prior("reviewer", number, prior)?;
        let account = Account {
            own: self.pass.centre.account_evidence(prior),
            ..Account::default()
        };
        self.reviewers_said
            .push(account.evidence(&self.pass.options));
        self.pass.accounts.push(account);
        self.newest_of_reviewer.push(END);
        self.reviewer_waits.push(false);
        Ok(number as u32)
    }

    /// A cell that was not there; returns its number.
    pub fn add_cell(&mut self) -> u32 {
        let rate = Rate::default();
        self.cells_said
            .push(self.pass.centre.cell_belief(rate, &self.pass.options));
        self.pass.rates.push(rate);
        self.newest_of_cell.push(END);
        self.cell_waits.push(false);
        self.pass.rates.len() as u32 - 1
    }

    /// A new review; returns its row. Its own belief stands at once, its neighbours' after
    /// [`Self::settle`].
    pub fn add_review(
        &mut self,
        reviewer: u32,
        cell: u32,
        prior: f64,
    ) -> Result<u32, NetworkError> {
        let slot = self.pass.from_cell.len();
        check_number("reviewer", slot, reviewer, self.pass.accounts.len())?;
        check_number("cell", slot, cell, self.pass.rates.len())?;
        check_prior("review", slot, prior)?;
        if slot >= END as usize {
            return Err(NetworkError::Size(slot));
        }
        let (account, rate) = (
            &mut self.pass.accounts[reviewer as usize],
            &mut self.pass.rates[cell as usize],
        );
        let centre = &self.pass.centre;
        let heard = centre.cell_says(*rate, &self.pass.options);
        account.sum += i64::from(heard) + i64::from(centre.review_evidence(prior));
        account.reviews += 1;
        let evidence = account.evidence(&self.pass.options);
        let told = centre.review_says(evidence, heard, account.weight());
        rate.sum += i64::from(told);
        rate.reviews += 1;
        self.pass.from_cell.push(heard);
        self.pass.to_cell.push(told);
        self.added.push(Added {
            reviewer,
            cell,
            older_of_reviewer: self.newest_of_reviewer[reviewer as usize],
            older_of_cell: self.newest_of_cell[cell as usize],
        });
        self.newest_of_reviewer[reviewer as usize] = slot as u32;
        self.newest_of_cell[cell as usize] = slot as u32;
        self.notice_reviewer(reviewer);
        self.notice_cell(cell);
        Ok(slot as u32)
    }

    /// Lets nodes with news speak, those with the most first, until none has any or about `budget`
    /// messages were sent; returns how many were. What a large node costs beyond the budget is
    /// taken from the budgets that follow, so the bound holds in the long run.
    pub fn settle(&mut self, budget: u32) -> u64 {
        self.credit = (self.credit + i64::from(budget)).min(i64::from(budget));
        let mut sent = 0;
        while self.credit > 0 {
            let Some((_, Reverse(node))) = self.news.pop() else {
                break;
            };
            let count = match node {
                Node::Reviewer(number) => self.reviewer_speaks(number),
                Node::Cell(number) => self.cell_speaks(number),
            };
            sent += count as u64;
            self.credit -= count as i64;
        }
        sent
    }

    /// Whether any node still has news.
    pub fn is_settled(&self) -> bool {
        self.news.is_empty()
    }

    /// Number of reviews.
    pub fn reviews(&self) -> usize {
        self.pass.from_cell.len()
    }

    /// What is believed of a review, log-odds; `None` where there is no such row.
    pub fn review(&self, row: u32) -> Option<f64> {
        let slot = self.slots.get(row as usize).copied().unwrap_or(row);
        if slot as usize >= self.reviews() {
            return None;
        }
        self.reviewer(self.nodes_of(slot).0)
    }

    /// What is believed of a reviewer, log-odds; `None` where there is none of that number.
    pub fn reviewer(&self, number: u32) -> Option<f64> {
        let account = self.pass.accounts.get(number as usize)?;
        Some(self.pass.centre.account_belief(account, &self.pass.options))
    }

    /// What is believed of a cell, log-odds; `None` where there is none of that number.
    pub fn cell(&self, number: u32) -> Option<f64> {
        let rate = self.pass.rates.get(number as usize)?;
        Some(self.pass.centre.cell_belief(*rate, &self.pass.options))
    }

    fn reviewer_speaks(&mut self, number: u32) -> usize {
        let account = self.pass.accounts[number as usize];
        let (evidence, weight) = (account.evidence(&self.pass.options), account.weight());
        self.reviewer_waits[number as usize] = false;
        self.reviewers_said[number as usize] = evidence;
        let slots = self.slots_of_reviewer(number);
        for slot in &slots {
            let at = *slot as usize;
            let told = self
                .pass
                .centre
                .review_says(evidence, self.pass.from_cell[at], weight);
            let change = i64::from(told) - i64::from(self.pass.to_cell[at]);
            self.pass.to_cell[at] = told;
            let (_, cell) = self.nodes_of(*slot);
            self.pass.rates[cell as usize].sum += change;
            self.notice_cell(cell);
        }
        slots.len()
    }

    fn cell_speaks(&mut self, number: u32) -> usize {
        let rate = self.pass.rates[number as usize];
        self.cell_waits[number as usize] = false;
        self.cells_said[number as usize] = self.pass.centre.cell_belief(rate, &self.pass.options);
        let slots = self.slots_of_cell(number);
        for slot in &slots {
            let at = *slot as usize;
            let others = rate.without(self.pass.to_cell[at]);
            let said = self.pass.centre.cell_says(others, &self.pass.options);
            let change = i64::from(said) - i64::from(self.pass.from_cell[at]);
            self.pass.from_cell[at] = said;
            let (reviewer, _) = self.nodes_of(*slot);
            self.pass.accounts[reviewer as usize].sum += change;
            self.notice_reviewer(reviewer);
        }
        slots.len()
    }

    /// Puts a reviewer in the queue when it has news. One review tells its cell nothing of what it
    /// heard there, and has no other cell to tell.
    fn notice_reviewer(&mut self, number: u32) {
        let at = number as usize;
        if self.pass.accounts[at].reviews < 2 {
            return;
        }
        let evidence = self.pass.accounts[at].evidence(&self.pass.options);
        let weight = (evidence - self.reviewers_said[at]).abs();
        if weight >= self.threshold && !self.reviewer_waits[at] {
            self.reviewer_waits[at] = true;
            self.news
                .push((urgency(weight), Reverse(Node::Reviewer(number))));
        }
    }

    fn notice_cell(&mut self, number: u32) {
        let at = number as usize;
        let belief = self
            .pass
            .centre
            .cell_belief(self.pass.rates[at], &self.pass.options);
        let weight = (belief - self.cells_said[at]).abs();
        if weight >= self.threshold && !self.cell_waits[at] {
            self.cell_waits[at] = true;
            self.news
                .push((urgency(weight), Reverse(Node::Cell(number))));
        }
    }

    fn nodes_of(&self, slot: u32) -> (u32, u32) {
        let at = slot as usize;
        match at.checked_sub(self.graph.reviews()) {
            None => (
                self.graph.reviewer_at(at) as u32,
                self.graph.cell_at(at) as u32,
            ),
            Some(at) => (self.added[at].reviewer, self.added[at].cell),
        }
    }

    fn slots_of_reviewer(&self, number: u32) -> Vec<u32> {
        let at = number as usize;
        let mut slots = Vec::new();
        if at < self.graph.reviewers() {
            slots.extend_from_slice(self.graph.by_reviewer(at));
        }
        self.follow(
            self.newest_of_reviewer[at],
            |added| added.older_of_reviewer,
            &mut slots,
        );
        slots
    }

    fn slots_of_cell(&self, number: u32) -> Vec<u32> {
        let at = number as usize;
        let mut slots = Vec::new();
        if at < self.graph.cells() {
            slots.extend(self.graph.in_cell(at).map(|slot| slot as u32));
        }
        self.follow(
            self.newest_of_cell[at],
            |added| added.older_of_cell,
            &mut slots,
        );
        slots
    }

    fn follow(&self, newest: u32, older: impl Fn(&Added) -> u32, slots: &mut Vec<u32>) {
        let mut slot = newest;
        while slot != END {
            slots.push(slot);
            slot = older(&self.added[slot as usize - self.graph.reviews()]);
        }
    }
}

/// Weight of news in whole numbers, for a queue without floats.
fn urgency(weight: f64) -> u32 {
    (weight * 1e6) as u32
}

fn check_prior(what: &'static str, row: usize, value: f64) -> Result<(), NetworkError> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(NetworkError::Prior { what, row, value })
    }
}

fn check_number(
    what: &'static str,
    row: usize,
    number: u32,
    count: usize,
) -> Result<(), NetworkError> {
    if (number as usize) < count {
        Ok(())
    } else {
        Err(NetworkError::Number {
            what,
            row,
            number,
            count,
        })
    }
}
