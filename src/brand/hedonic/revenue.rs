//! Revenue premium: what a listing takes in beyond what an unbranded one would (Ailawadi, Lehmann
//! and Neslin, Journal of Marketing 67(4), 2003).

use std::collections::BTreeMap;

use crate::brand::special::student_quantile;

/// Fewest unbranded listings of others in a cell, so that their mean means something.
const PEERS_LEAST: usize = 5;

/// What a listing took in, in a cell of category, month and currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Revenue {
    /// Category, month and currency as one number: revenues of different cells never meet.
    pub cell: u64,
    /// Its seller.
    pub owner: u32,
    /// Whether it carries a brand.
    pub branded: bool,
    /// In units of the currency, at least 0; a listing that sold nothing counts with 0.
    pub revenue: f64,
}

/// A seller's revenue beside that of unbranded peers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RevenuePremium {
    /// Own revenue minus what as many unbranded listings take in, as a share of the latter, by
    /// cell, weighted by own listings: 0.2 is a fifth more. At least -1.
    pub share: f64,
    /// Its standard deviation.
    pub sd: f64,
    /// Lower end of the range that holds it with 90 %.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Own listings behind it, counted in each cell.
    pub listings: u32,
    /// Unbranded listings of others beside them.
    pub peers: u32,
}

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

    /// Of the mean; with a single value unknown.
    fn variance_of_mean(&self) -> Option<f64> {
        let spread = self.squares - self.sum * self.mean();
        (self.count >= 2.0).then(|| spread.max(0.0) / (self.count - 1.0) / self.count)
    }
}

/// The revenue premium of one seller over the unbranded listings of others in the same cells. None
/// where no cell has five of these, or none of these sold anything. Rows with a revenue below 0 or
/// that is no number are dropped.
pub fn revenue_premium(rows: &[Revenue], owner: u32) -> Option<RevenuePremium> {
    let mut cells: BTreeMap<u64, [Moments; 2]> = BTreeMap::new();
    for row in rows
        .iter()
        .filter(|row| row.revenue.is_finite() && row.revenue >= 0.0)
    {
        let held = cells.entry(row.cell).or_default();
        if row.owner == owner {
            held[0].add(row.revenue);
        } else if !row.branded {
            held[1].add(row.revenue);
        }
    }
    let spoken = cells
        .values()
        .filter(|[own, peers]| own.count > 0.0 && peers.count >= PEERS_LEAST as f64)
        .filter(|[_, peers]| peers.sum > 0.0);
    // Each cell as a ratio of means: a cell of dear goods must not drown the others.
    let (mut sum, mut variance, mut weight) = (0.0, 0.0, 0.0);
    let (mut listings, mut others) = (0.0, 0.0);
    for [own, peers] in spoken {
        let ratio = own.mean() / peers.mean();
        // A single own listing is taken to vary as peers do, one of them as itself.
        let single = peers.variance_of_mean().unwrap_or(0.0) * peers.count;
        let of_own = own.variance_of_mean().unwrap_or(single) / (peers.mean() * peers.mean());
        let of_peers =
            peers.variance_of_mean().unwrap_or(0.0) * ratio * ratio / (peers.mean() * peers.mean());
        sum += own.count * (ratio - 1.0);
        variance += own.count * own.count * (of_own + of_peers);
        weight += own.count;
        listings += own.count;
        others += peers.count;
    }
    if weight <= 0.0 {
        return None;
    }
    let share = sum / weight;
    let sd = libm::sqrt(variance) / weight;
    let degrees = (listings + others - 2.0).max(1.0) as u32;
    let reach = student_quantile(0.95, degrees) * sd;
    Some(RevenuePremium {
        share,
        sd,
        low: (share - reach).max(-1.0),
        high: share + reach,
        listings: listings as u32,
        peers: others as u32,
    })
}
