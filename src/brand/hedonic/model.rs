//! Fits the mixed model by turns: cells, controls, owners.

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};

use super::PriceRow;

/// Most turns of the solver; each reduces the error of its slowest part several times.
const TURNS: usize = 40;
/// Change of an effect, in logs, below which the turns end.
const CONVERGED: f64 = 1e-9;
/// Rounds in which variances and effects are estimated by turns.
const ROUNDS: usize = 4;
/// Ridge on controls, as a share of one listing's weight for each unit of a control's variance. It
/// keeps a control that does not vary at 0.
const RIDGE: f64 = 1e-3;
/// Least variance of log prices within an owner: equal prices must not claim certainty.
const WITHIN_LEAST: f64 = 1e-4;
/// Least variance between owners.
const BETWEEN_LEAST: f64 = 1e-4;

/// A price, by numbers of its cell and owner.
struct Row {
    cell: usize,
    owner: usize,
    weight: f64,
    log_price: f64,
    /// Controls minus the mean of the cell, which unknown ones are taken to be.
    controls: Vec<f64>,
}

/// One owner in the model.
pub(super) struct Owner {
    pub(super) name: u32,
    pub(super) effect: f64,
    pub(super) listings: u32,
    /// Summed weight.
    weight: f64,
    pub(super) effective: f64,
}

/// A fitted model.
pub(super) struct Model {
    rows: Vec<Row>,
    cells: Vec<f64>,
    slopes: DVector<f64>,
    pub(super) owners: Vec<Owner>,
    within: f64,
    between: f64,
    total: f64,
}

/// Numbers values without gaps, in their order.
fn dense<T: Ord + Copy>(values: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut numbers: BTreeMap<T, usize> = values.map(|value| (value, 0)).collect();
    for (next, number) in numbers.values_mut().enumerate() {
        *number = next;
    }
    numbers
}

impl Model {
    pub(super) fn fit(rows: &[&PriceRow], controls: usize) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let cell = |row: &PriceRow| (row.category, row.currency, row.month);
        let cells = dense(rows.iter().map(|row| cell(row)));
        let owners = dense(rows.iter().map(|row| row.owner));
        let mut of_listing: BTreeMap<(u32, u32), f64> = BTreeMap::new();
        for row in rows {
            *of_listing.entry((row.owner, row.listing)).or_default() += 1.0;
        }
        let mut all_owners: Vec<Owner> = owners
            .keys()
            .map(|name| Owner {
                name: *name,
                effect: 0.0,
                listings: 0,
                weight: 0.0,
                effective: 0.0,
            })
            .collect();
        for (owner, _) in of_listing.keys() {
            all_owners[owners[owner]].listings += 1;
        }
        let numbered: Vec<Row> = rows
            .iter()
            .map(|row| Row {
                cell: cells[&cell(row)],
                owner: owners[&row.owner],
                weight: 1.0 / of_listing[&(row.owner, row.listing)],
                log_price: libm::log(row.price),
                controls: row
                    .controls
                    .iter()
                    .map(|value| value.filter(|value| value.is_finite()).unwrap_or(f64::NAN))
                    .collect(),
            })
            .collect();
        let total = of_listing.len() as f64;
        let mut model = Self {
            rows: numbered,
            cells: vec![0.0; cells.len()],
            slopes: DVector::zeros(controls),
            owners: all_owners,
            within: 1.0,
            between: 1.0,
            total,
        };
        model.center_controls(controls);
        model.count_effective();
        for _ in 0..ROUNDS {
            model.solve();
            model.set_variances();
        }
        model.solve();
        Some(model)
    }

    /// Listings in all.
    pub(super) fn listings(&self) -> usize {
        self.total as usize
    }

    /// Degrees of freedom of the variance within owners.
    pub(super) fn degrees(&self) -> u32 {
        let spent = self.owners.len() + self.slopes.len();
        self.listings().saturating_sub(spent).max(1) as u32
    }

    /// Standard deviation of log prices within an owner, after controls.
    pub(super) fn within_sd(&self) -> f64 {
        libm::sqrt(self.within)
    }

    /// Standard deviation of an owner's effect after shrinking.
    pub(super) fn deviation(&self, owner: &Owner) -> f64 {
        let noise = self.within + owner.effective * self.between;
        libm::sqrt(self.between * self.within / noise)
    }

    fn cell_weights(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.cells.len()];
        for row in &self.rows {
            weights[row.cell] += row.weight;
        }
        weights
    }

    /// Subtracts each control's mean in the cell, so that the cells' means need not be solved with
    /// the controls.
    fn center_controls(&mut self, controls: usize) {
        for control in 0..controls {
            let mut sums = vec![(0.0, 0.0); self.cells.len()];
            for row in self
                .rows
                .iter()
                .filter(|row| !row.controls[control].is_nan())
            {
                let (sum, weight) = &mut sums[row.cell];
                *sum += row.weight * row.controls[control];
                *weight += row.weight;
            }
            for row in &mut self.rows {
                let (sum, weight) = sums[row.cell];
                let value = row.controls[control];
                row.controls[control] = if value.is_nan() {
                    0.0
                } else {
                    value - sum / weight
                };
            }
        }
    }

    /// Sums the weight of each owner, and the part that is left after the mean of each cell.
    fn count_effective(&mut self) {
        let cells = self.cell_weights();
        let mut shares: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for row in &self.rows {
            *shares.entry((row.owner, row.cell)).or_default() += row.weight;
        }
        for ((owner, cell), weight) in shares {
            let owner = &mut self.owners[owner];
            owner.weight += weight;
            owner.effective += weight * (1.0 - weight / cells[cell]).max(0.0);
        }
    }

    /// Log price of a row beyond cell, controls and owner.
    fn residual(&self, row: &Row) -> f64 {
        row.log_price - self.cells[row.cell] - self.explained(row) - self.owners[row.owner].effect
    }

    fn explained(&self, row: &Row) -> f64 {
        let pairs = row.controls.iter().zip(self.slopes.iter());
        pairs.map(|(value, slope)| value * slope).sum()
    }

    fn solve(&mut self) {
        let weights = self.cell_weights();
        for _ in 0..TURNS {
            self.solve_cells(&weights);
            self.solve_controls();
            if self.solve_owners() < CONVERGED {
                break;
            }
        }
    }

    fn solve_cells(&mut self, weights: &[f64]) {
        let mut sums = vec![0.0; self.cells.len()];
        for row in &self.rows {
            sums[row.cell] += row.weight * (self.residual(row) + self.cells[row.cell]);
        }
        for ((cell, sum), weight) in self.cells.iter_mut().zip(sums).zip(weights) {
            *cell = sum / weight;
        }
    }

    /// Estimates slopes by ridge regression (Cholesky decomposition); collinear controls share theirs.
    fn solve_controls(&mut self) {
        let count = self.slopes.len();
        if count == 0 {
            return;
        }
        let mut square = DMatrix::<f64>::zeros(count, count);
        let mut right = DVector::<f64>::zeros(count);
        for row in &self.rows {
            let rest = self.residual(row) + self.explained(row);
            for (i, left) in row.controls.iter().enumerate() {
                right[i] += row.weight * left * rest;
                for (j, other) in row.controls.iter().enumerate().take(i + 1) {
                    square[(i, j)] += row.weight * left * other;
                }
            }
        }
        for i in 0..count {
            square[(i, i)] += RIDGE * (square[(i, i)] / self.total).max(1e-6) * self.total;
            for j in 0..i {
                square[(j, i)] = square[(i, j)];
            }
        }
        if let Some(decomposed) = square.cholesky() {
            self.slopes = decomposed.solve(&right);
        }
    }

    /// Estimates owners by shrunk means of the residuals; returns the largest change.
    fn solve_owners(&mut self) -> f64 {
        let mut sums = vec![0.0; self.owners.len()];
        for row in &self.rows {
            sums[row.owner] += row.weight * (self.residual(row) + self.owners[row.owner].effect);
        }
        let ratio = self.within / self.between;
        let mut change = 0.0_f64;
        for (owner, sum) in self.owners.iter_mut().zip(sums) {
            let effect = sum / (owner.weight + ratio);
            change = change.max((effect - owner.effect).abs());
            owner.effect = effect;
        }
        change
    }

    /// Estimates variances by moments (`DerSimonian` and Laird, 1986): within owners from the
    /// differences of listings, between owners from those of their means beyond that.
    fn set_variances(&mut self) {
        let mut sums = vec![(0.0, 0.0); self.owners.len()];
        for row in &self.rows {
            let rest = self.residual(row) + self.owners[row.owner].effect;
            let (sum, squares) = &mut sums[row.owner];
            *sum += row.weight * rest;
            *squares += row.weight * rest * rest;
        }
        let (mut within, mut between, mut weights, mut squared_weights) = (0.0, 0.0, 0.0, 0.0);
        let mut counted = 0.0_f64;
        for (owner, (sum, squares)) in self.owners.iter().zip(sums) {
            let mean = sum / owner.weight;
            within += (squares - mean * sum).max(0.0);
            let weight = owner.effective;
            if weight > 0.0 {
                counted += 1.0;
            }
            between += weight * mean * mean;
            weights += weight;
            squared_weights += weight * weight;
        }
        self.within = (within / f64::from(self.degrees())).max(WITHIN_LEAST);
        let scale = weights - squared_weights / weights.max(f64::MIN_POSITIVE);
        let excess = between - (counted - 1.0).max(0.0) * self.within;
        let variance = if scale > 0.0 { excess / scale } else { 0.0 };
        self.between = variance.max(BETWEEN_LEAST);
    }
}
