//! Estimates the revenue premium: revenue of a listing beyond that of an unbranded one (Ailawadi,
//! Lehmann and Neslin, Journal of Marketing 67(4), 2003).

use std::collections::BTreeMap;

use crate::brand::inputs::WithSd;

/// Fewest unbranded listings of others in a cell: a mean of fewer is noise.
const PEERS_LEAST: f64 = 5.0;

/// Revenue of a listing in a cell of category, month and currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::brand) struct Revenue {
    /// Category, month and currency as one number: revenues of different cells never meet.
    pub(in crate::brand) cell: u64,
    /// Its seller.
    pub(in crate::brand) owner: u32,
    /// Whether it carries a brand.
    pub(in crate::brand) branded: bool,
    /// In units of the currency, at least 0; a listing that sold nothing counts with 0.
    pub(in crate::brand) amount: f64,
}

/// Sums of one side of a cell.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    fn mean(&self) -> f64 {
        self.sum / self.count
    }

    /// Variance of the mean; none of a single value.
    fn variance_of_mean(&self) -> Option<f64> {
        let spread = self.squares - self.sum * self.mean();
        (self.count >= 2.0).then(|| spread.max(0.0) / (self.count - 1.0) / self.count)
    }
}

/// The revenue premium of one seller over the unbranded listings of others in the same cells. It is
/// own revenue minus that of as many unbranded listings, as a share of the latter. Cells are weighted
/// by own listings. 0.2 is a fifth more; it is at least -1. None where no cell has five of these, or
/// none of these sold anything. Rows with a revenue below 0 or that is no number are dropped.
pub(in crate::brand) fn revenue_premium(rows: &[Revenue], owner: u32) -> Option<WithSd> {
    let mut cells: BTreeMap<u64, [Moments; 2]> = BTreeMap::new();
    let usable = |row: &&Revenue| row.amount.is_finite() && row.amount >= 0.0;
    for row in rows.iter().filter(usable) {
        let [own, peers] = cells.entry(row.cell).or_default();
        if row.owner == owner {
            own.add(row.amount);
        } else if !row.branded {
            peers.add(row.amount);
        }
    }
    let comparable = cells
        .values()
        .filter(|[own, peers]| own.count > 0.0 && peers.count >= PEERS_LEAST)
        .filter(|[_, peers]| peers.sum > 0.0);
    // Each cell as a ratio of means: a cell of dear goods must not outweigh the others.
    let (mut sum, mut variance, mut weight) = (0.0, 0.0, 0.0);
    for [own, peers] in comparable {
        let ratio = own.mean() / peers.mean();
        // A single own listing is taken to vary as peers do, one of them as itself.
        let single = peers.variance_of_mean().unwrap_or(0.0) * peers.count;
        let of_own = own.variance_of_mean().unwrap_or(single) / (peers.mean() * peers.mean());
        let of_peers =
            peers.variance_of_mean().unwrap_or(0.0) * ratio * ratio / (peers.mean() * peers.mean());
        sum += own.count * (ratio - 1.0);
        variance += own.count * own.count * (of_own + of_peers);
        weight += own.count;
    }
    (weight > 0.0).then(|| WithSd {
        value: sum / weight,
        sd: libm::sqrt(variance) / weight,
    })
}
